"""Whatever a template is given stays text, and what it lacks is an error."""

import pytest
from jinja2 import UndefinedError

from unusual.app.pages import templates


def test_what_comes_from_outside_is_escaped():
    made = templates("unusual.app.report").from_string("<b>{{ name }}</b>").render(name="<script>")
    assert made == "<b>&lt;script&gt;</b>"


def test_a_missing_word_is_an_error_and_no_gap():
    with pytest.raises(UndefinedError, match="name"):
        templates("unusual.app.report").from_string("{{ name }}").render()
