import inspect

import pytest
from pyspark.errors import PySparkException

from medallion_lab.runtime.failures import (
    cause_first,
    cause_in_one_sentence,
    in_one_line,
    whole_text,
    without_stack,
)

# Spark's errors need a JVM: these take as much of one as counts, which the check of arguments would refuse.
cause_first, whole_text = inspect.unwrap(cause_first), inspect.unwrap(whole_text)


class Wrapped:
    """An error as pyspark hands it on: its message, and the error that it wraps."""

    def __init__(self, message, cause=None):
        self._desc, self._cause = message, cause


class JavaError:
    """A Java exception, as far as its messages go."""

    def __init__(self, message, cause=None):
        self.getMessage, self.getCause = lambda: message, lambda: cause


@pytest.mark.parametrize(
    ("told", "cause"),
    [
        (
            "org.apache.spark.SparkException: [TASK_WRITE_FAILED] Task failed. SQLSTATE: 58030\n"
            "\tat Foo.bar\nCaused by: x.SparkRuntimeException: [USER_RAISED_EXCEPTION] no such region",
            "[USER_RAISED_EXCEPTION] no such region",
        ),
        ("x.Error: a\nCaused by: java.io.IOException: No space left", "java.io.IOException: No space left"),
        ("py4j: medallion_lab.errors.NoRulesError: Got: 0 rules\nNeeded: one", "NoRulesError: Got: 0 rules"),
        ("[CANNOT_READ] file:/home/a/b/c.json is broken", "[CANNOT_READ] c.json is broken"),
        ("", "Spark gave no reason"),
        ("x" * 400, "x" * 299 + "…"),
    ],
)
def test_the_cause_is_what_is_inside_of_what_spark_wraps(told, cause):
    assert cause_in_one_sentence(told) == cause


def test_our_own_words_in_one_line_name_files_without_their_folders():
    told = "[A] New fields: x\nFile: file:///home/me/landing/a.json\nNext: run it again"
    assert in_one_line(told) == "[A] New fields: x File: a.json Next: run it again"


def test_the_innermost_cause_that_names_its_class_is_put_in_front():
    inner = Wrapped("x.SparkRuntimeException: [USER_RAISED_EXCEPTION] no such region\nat line 1")
    error = Wrapped("[STREAM_FAILED] Query", Wrapped("[TASK_WRITE_FAILED] Task", Wrapped("a task", inner)))
    assert cause_first(error) == (
        "x.SparkRuntimeException: [USER_RAISED_EXCEPTION] no such region\n\n[STREAM_FAILED] Query"
    )


def test_a_message_stays_as_it_is_when_no_cause_names_a_class():
    error_of_python = ValueError("two")
    assert cause_first(Wrapped("[STREAM_FAILED] Query", Wrapped("one", error_of_python))) == (
        "[STREAM_FAILED] Query"
    )
    assert cause_first(Wrapped("[STREAM_FAILED] Query")) == "[STREAM_FAILED] Query"


def test_a_java_error_is_read_with_all_its_causes():
    error = JavaError("aborted", JavaError(None, JavaError("[UNKNOWN_FIELD_EXCEPTION reader=1]")))
    assert whole_text(error) == "aborted\n\n[UNKNOWN_FIELD_EXCEPTION reader=1]"


def test_a_real_error_is_told_without_the_stack_of_the_jvm(spark):
    spark.conf.set("spark.sql.pyspark.jvmStacktrace.enabled", "true")
    try:
        with pytest.raises(PySparkException) as caught:
            spark.sql("SELECT CAST('two' AS INT)").collect()
        whole, told = str(caught.value), without_stack(caught.value)
    finally:
        spark.conf.unset("spark.sql.pyspark.jvmStacktrace.enabled")
    assert whole.count("org.apache.spark") > 5
    assert told.startswith("[CAST_INVALID_INPUT]")
    assert "org.apache.spark" not in told
