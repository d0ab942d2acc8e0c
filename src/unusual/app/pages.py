"""Pages from templates: everything that comes from outside is escaped, a missing word is an error."""

from jinja2 import Environment, PackageLoader, StrictUndefined


def templates(package: str) -> Environment:
    """The templates of a package: whatever they are given stays text."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,  # names and problems come from files
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(template: str, **words: object) -> str:
    """The page of a template in app/report/templates."""
    return templates("unusual.app.report").get_template(template).render(**words)
