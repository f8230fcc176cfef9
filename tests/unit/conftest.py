"""What a test wants to be read even when it passes stands in the run's summary."""


def pytest_terminal_summary(terminalreporter):
    """Show each ``record_property("summary", ...)``, whichever worker it came from."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    for said in dict.fromkeys(
        text for report in reports for key, text in report.user_properties if key == "summary"
    ):
        terminalreporter.write_line(said)
