"""What a chapter has left in a JVM that it shared: found by looking into the JVM itself.

A chapter's own process ends, and with it what Python held. What it asked of the JVM stays until somebody
stops it: a SparkContext that still runs, with streams, temporary views, table names, settings and listeners
in it, threads, and settings of the JVM itself. It does not matter which thread of which language asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from py4j.java_gateway import JavaObject, JVMView

# Threads that Spark, Hadoop, Delta, Java and py4j start once, or keep for a while when a context has stopped.
# A name that is not here, and was not there before the chapter, is the chapter's.
KEPT_BY_LIBRARIES = re.compile(
    r"^(Attach Listener|Cleaner-|Common-Cleaner|DestroyJavaVM|Finalizer|ForkJoinPool|Keep-Alive-"
    r"|Notification Thread|Reference Handler|Service Thread|Signal Dispatcher|SIGINT handler"
    r"|process reaper|Timer-\d+$|Thread-\d+$|org\.apache\.hadoop"
    r"|(rpc|shuffle|files)-(boss|client|server|chunk)|globalEventExecutor|netty-|broadcast-exchange"
    r"|subquery-|dynamicpruning|Executor task launch|task-result-getter|shuffle-exchange|delta-|Delta"
    r"|lakehouse|ParquetFooter|readingParquetFooters|parquet-|pool-\d+-thread-\d+$|block-manager-"
    r"|map-output-dispatcher|dispatcher-|refresh progress|context-cleaner|Spark Context Cleaner"
    r"|state-store-maintenance|StateStoreMaintenance|async-log-purge|python-|Idle Worker Monitor"
    r"|stdout writer|stderr reader|MemoryMonitor|Worker Monitor|driver-heartbeater|executor-"
    r"|element-tracking-store|Executor task idle|RemoteBlock-|dag-scheduler|heartbeat|spark-listener-"
    r"|stream execution thread|checkpointV2-threadpool)"
)

# What a JVM, Spark, Delta or the lab's own streams set by themselves.
SET_BY_LIBRARIES = re.compile(
    r"^(sun\.|jdk\.|awt\.|derby\.|spark\.sql\.warehouse\.dir|spark\.driver\.|spark\.executor\.|spark\.app\."
    r"|spark\.sql\.parquet\.fieldId\.|spark\.databricks\.delta\.lastCommitVersionInSession"
    r"|spark\.sql\.codegen\.factoryMode)"
)

USUAL_LISTENERS = (
    "org.apache.spark.status.AppStatusListener",
    "org.apache.spark.sql.execution.ui.SQLAppStatusListener",
    "org.apache.spark.HeartbeatReceiver",
    "org.apache.spark.sql.execution.streaming.runtime.StreamingQueryListenerBus",
    "org.apache.spark.sql.streaming.ui.StreamingQueryStatusListener",
)


@dataclass(frozen=True)
class Leftovers:
    """What is there in a JVM at one moment."""

    in_spark: tuple[str, ...]
    threads: frozenset[str]
    settings: dict[str, str]

    @classmethod
    def of(cls, jvm: JVMView) -> Leftovers:
        """Look into this JVM."""
        names = {thread.getName() for thread in jvm.java.lang.Thread.getAllStackTraces().keySet()}
        settings = {f"Java's {name}": value for name, value in _system_properties(jvm).items()}
        settings["Java's time zone"] = jvm.java.util.TimeZone.getDefault().getID()
        settings["Java's locale"] = jvm.java.util.Locale.getDefault().toString()
        return cls(tuple(_in_spark(jvm)), frozenset(names), settings)

    def beyond(self, before: Leftovers) -> list[str]:
        """Return the names of what is here and was not there before, in words."""
        threads = [name for name in self.threads - before.threads if not KEPT_BY_LIBRARIES.match(name)]
        changed = {
            f"the setting {name}={self.settings.get(name)!r} ({before.settings.get(name)!r} before)"
            for name in self.settings.keys() | before.settings.keys()
            if self.settings.get(name) != before.settings.get(name)
        }
        return [*self.in_spark, *(f"the thread {name!r}" for name in sorted(threads)), *sorted(changed)]


def end_everything(jvm: JVMView, before: Leftovers) -> None:
    """Stop what still runs in this JVM, and give its own settings their earlier values."""
    context = _active_context(jvm)
    for session in _sessions(jvm):
        for query in session.streams().active():
            query.stop()
        for listener in session.streams().listListeners():
            session.streams().removeListener(listener)
    if context is not None:
        context.stop()
    sessions = jvm.org.apache.spark.sql.classic.SparkSession
    sessions.clearActiveSession()
    sessions.clearDefaultSession()
    # Delta keeps what it has read of each table, for a folder that a next chapter may make anew.
    jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()
    if before.settings:
        _restore(jvm, before)


# ---------------------------------------------------------------- inside Spark
def _in_spark(jvm: JVMView) -> list[str]:
    """Name what a SparkContext that runs holds: by itself, for none should run between two chapters."""
    context = _active_context(jvm)
    if context is None:
        return []
    found = ["a SparkContext that still runs"]
    for session in _sessions(jvm):
        found += [
            f"the stream {query.name() or query.id().toString()!r}" for query in session.streams().active()
        ]
        found += [
            f"the listener {listener.getClass().getName()}" for listener in session.streams().listListeners()
        ]
        views = session.sessionState().catalog().getTempViewNames()
        found += [f"the temporary view {views.apply(place)!r}" for place in range(views.size())]
        global_views = session.sharedState().globalTempViewManager().listViewNames("*")
        found += [f"the temporary view 'global_temp.{name}'" for name in _each(global_views.iterator())]
        found += _own_settings(session, context)
        found += _table_names(session)
    listeners = context.listenerBus().listeners()
    names = [listeners.get(place).getClass().getName() for place in range(listeners.size())]
    found += [f"the listener {name}" for name in names if name not in USUAL_LISTENERS]
    return list(dict.fromkeys(found))


def _active_context(jvm: JVMView) -> JavaObject | None:
    companion = getattr(getattr(jvm.org.apache.spark, "SparkContext$"), "MODULE$")
    active = companion.getActive()
    return active.get() if active.isDefined() else None


def _sessions(jvm: JVMView) -> list[JavaObject]:
    """Return the sessions that this JVM knows: the default one, and those of streams that run."""
    default = jvm.org.apache.spark.sql.classic.SparkSession.getDefaultSession()
    if not default.isDefined() or default.get().sparkContext().isStopped():
        return []
    running = default.get().sharedState().activeStreamingQueries().values()
    others = [query.sparkSession() for query in running]
    by_name = {one.sessionUUID(): one for one in [default.get(), *others]}
    return list(by_name.values())


def _own_settings(session: JavaObject, context: JavaObject) -> list[str]:
    """Name the settings of a session that differ from what it was started with."""
    at_start = {pair._1(): pair._2() for pair in context.getConf().getAll()}
    now = session.sessionState().conf().getAllConfs()
    values = {pair._1(): pair._2() for pair in _each(now.iterator())}
    return [
        f"the setting {name}={value!r} ({at_start.get(name)!r} before)"
        for name, value in sorted(values.items())
        if at_start.get(name) != value and not SET_BY_LIBRARIES.match(name)
    ]


def _table_names(session: JavaObject) -> list[str]:
    catalog = session.sharedState().externalCatalog()
    databases = list(_each(catalog.listDatabases().iterator()))
    return [
        f"the table name {database}.{table}"
        for database in sorted(databases)
        for table in sorted(_each(catalog.listTables(database).iterator()))
    ]


def _each(iterator: JavaObject) -> list[JavaObject]:
    """Return what a Scala iterator yields."""
    found = []
    while iterator.hasNext():
        found.append(iterator.next())
    return found


# ---------------------------------------------------------------- the JVM's own
def _system_properties(jvm: JVMView) -> dict[str, str]:
    properties = jvm.java.lang.System.getProperties()
    names = [name for name in properties.stringPropertyNames() if not SET_BY_LIBRARIES.match(name)]
    return {name: properties.getProperty(name) for name in names}


def _restore(jvm: JVMView, before: Leftovers) -> None:
    kept = {name.removeprefix("Java's "): value for name, value in before.settings.items()}
    time_zone, locale = kept.pop("time zone"), kept.pop("locale")
    jvm.java.util.TimeZone.setDefault(jvm.java.util.TimeZone.getTimeZone(time_zone))
    jvm.java.util.Locale.setDefault(jvm.java.util.Locale.forLanguageTag(locale.replace("_", "-")))
    now = _system_properties(jvm)
    for name in now.keys() - kept.keys():
        jvm.java.lang.System.clearProperty(name)
    for name, value in kept.items():
        if now.get(name) != value:
            jvm.java.lang.System.setProperty(name, value)
