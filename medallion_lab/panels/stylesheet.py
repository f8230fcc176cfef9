"""The look of recorded runs and panels where the book's style sheets are absent, as in JupyterLab.

``panels.css`` is the one home of it: the book's pages load that very file, see ``_config.yml``.
"""

from importlib.resources import files

STYLE = f"<style>\n{files(__package__).joinpath('panels.css').read_text(encoding='utf-8')}</style>"
"""The style sheet, to be put before a panel once."""
