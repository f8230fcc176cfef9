from tools.contents import ROOT, chapters, exercises, shown
from tools.term_homes import GLOSSARY, term_homes

TEXT = """# Glossary

## L

### Late row

Behind the watermark. Taught in
[silver](../layers/silver.ipynb#Look-inside) and [gold](../layers/gold.ipynb).

### lake

No page teaches it.
"""


def test_a_terms_home_is_the_first_page_that_teaches_it():
    assert term_homes(TEXT) == {"late row": "book/layers/silver"}


def test_each_home_is_a_page_of_the_book():
    homes = term_homes((ROOT / GLOSSARY).read_text(encoding="utf-8"))
    assert len(homes) > 80
    assert set(homes.values()) <= {shown(page).removesuffix(".ipynb") for page in [*chapters(), *exercises()]}
