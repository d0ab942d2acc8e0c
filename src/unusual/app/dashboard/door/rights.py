"""What a visitor may do, and what each request needs. What is not listed here needs the most that its method can."""

import re
from dataclasses import dataclass
from enum import IntEnum


class Right(IntEnum):
    """Each holds those before it. A token has READ or ACT, a viewer REVIEW, the administrator all."""

    READ = 1  # see all that there is to see, and take it along
    REVIEW = 2  # say what an event is
    ACT = 3  # change what cameras do: settings, zones, hours; add cameras, have them watched
    ADMINISTER = 4  # say who may come in, and where alerts go


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks. name: under which what he does is kept."""

    name: str
    right: Right


OWNER = Visitor("", Right.ADMINISTER)  # of a dashboard without a password: whoever is at this machine
ANSWERS = {
    Right.REVIEW: "to review",
    Right.ACT: "to change settings",
    Right.ADMINISTER: "to be the administrator",
}
NEEDS = (  # the first that fits counts
    (r"(GET|HEAD|POST) /(api/v1/)?(access|tokens|users)(/.*)?", Right.ADMINISTER),
    (r"POST /api/v1/alerting", Right.ADMINISTER),  # what leaves this machine
    (r"(GET|HEAD) /(add|api/v1/(setups|alerting))(/.*)?", Right.ACT),
    (r"(GET|HEAD) .*", Right.READ),
    (r"POST /api/v1/cameras/[^/]+/zones/effect", Right.READ),  # it keeps nothing
    (r"POST /api/v1/exports", Right.READ),  # nothing but what may be read anyway, for an hour
    (r"POST /logout", Right.READ),
    (r"POST /api/v1/events/[^/]+/review", Right.REVIEW),
)


def needed(method: str, path: str) -> Right:
    """What a visitor must be allowed to.

    >>> [needed(*asked).name for asked in (("GET", "/events"), ("POST", "/api/v1/profiles"), ("GET", "/access"))]
    ['READ', 'ACT', 'ADMINISTER']
    """
    return next((right for asked, right in NEEDS if re.fullmatch(asked, f"{method} {path}", re.DOTALL)), Right.ACT)
