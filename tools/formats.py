"""Write the lists of ``book/reference/formats.md``: for each format every option, and what it does here.

They are made of the table that Auto Loader itself reads. Called by ``make formats``; a test notices a page
that is stale.
"""

from pathlib import Path

from medallion_lab.autoloader.option_table import (
    ALL,
    FORMATS,
    NO,
    NOT_HERE,
    NOTE,
    OPTIONS,
    UNREAD,
    YES,
    Option,
)

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "book" / "reference" / "formats.md"
BEGIN, END = "<!-- formats: begin, written by make formats -->", "<!-- formats: end -->"
FOLDED = {
    NOTE: "Accepted, without effect",
    NO: "Refused, and what to do instead",
    NOT_HERE: "Of Databricks, not here",
}


def draw() -> str:
    """Return a section for the options of all formats, one for each format, and one for those not read."""
    parts = [section("Every format", [option for option in OPTIONS if option.formats == ALL])]
    for file_format in FORMATS:
        own = [option for option in OPTIONS if option.formats != ALL and option.is_for(file_format)]
        parts.append(section(file_format, own))
    parts.append("### avro and xml, which are not read")
    for file_format, way in UNREAD.items():
        names = [f"`{option.names[0]}`" for option in OPTIONS if option.formats == file_format]
        parts.append(
            f"**{file_format}:** {way}. None of its options is known here:\n\n"
            f"{folded(f'Options of {file_format}', ', '.join(names))}"
        )
    return "\n\n".join(parts)


def section(title: str, options: list[Option]) -> str:
    """Return a heading, the options that are kept, and the others folded."""
    parts = [f"### {title}"]
    if kept := [option for option in options if option.support == YES]:
        parts.append(entries(kept))
    for support, words in FOLDED.items():
        if others := [option for option in options if option.support == support]:
            parts.append(folded(f"{words}: {title}, {len(others)}", entries(others)))
    return "\n\n".join(parts)


def entries(options: list[Option]) -> str:
    """Return options as a list of terms, which a phone can show: a name, what it does, what it can be."""
    return "\n\n".join(
        f"{names(option)}\n: {escaped(option.meaning)} *{values(option)}*" for option in options
    )


def names(option: Option) -> str:
    """Return an option's names as code."""
    return " or ".join(f"`{name}`" for name in option.names)


def values(option: Option) -> str:
    """Return what an option can be, and what it is when it is not given, as a sentence."""
    value = escaped(option.value[0].upper() + option.value[1:])
    if option.default.startswith("none: "):
        return f"{value}; {escaped(option.default.removeprefix('none: '))}."
    is_code = " " not in option.default and option.default not in ("none", "nothing")
    default = f"`{option.default}`" if is_code else escaped(option.default)
    return f"{value}; default: {default}."


def escaped(text: str) -> str:
    """Return a text as Markdown shows it letter by letter."""
    for letter in r"\*_<>[]|`":
        text = text.replace(letter, f"\\{letter}")
    return text


def folded(summary: str, content: str) -> str:
    """Return content that opens with a click."""
    return f"<details><summary>{summary}</summary>\n\n{content}\n\n</details>"


def with_lists(text: str, drawn: str) -> str:
    """Return the page's text with these lists between its two marks."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{drawn}\n\n{END}{rest.split(END)[1]}"


def main() -> None:
    PAGE.write_text(with_lists(PAGE.read_text(encoding="utf-8"), draw()), encoding="utf-8")


if __name__ == "__main__":
    main()
