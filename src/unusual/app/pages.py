"""Pages from templates: everything that comes from outside is escaped, a missing word is an error."""

from jinja2 import Environment, PackageLoader, StrictUndefined


def page(template: str, **words: object) -> str:
    """The page of a template in app/templates."""
    pages = Environment(
        loader=PackageLoader("unusual.app"),
        autoescape=True,  # names and problems come from files
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return pages.get_template(template).render(**words)
