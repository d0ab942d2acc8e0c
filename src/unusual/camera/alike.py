"""Footage in several files: which of them show the same place in the same way, and can be learnt from together."""

from collections.abc import Mapping
from pathlib import Path

from unusual.camera.footage import Examination
from unusual.video.health import Health, View, judge

FASTER = 1.25  # frame rates that differ by a larger factor make everything look faster or slower
WIDER = 1.05  # shapes that differ by a larger factor make everything look wider or narrower


def unlike_the_rest(seen: Mapping[Path, Examination]) -> dict[Path, str]:
    """The files that are not like most of the usable footage, and in what. What is like it is left out.

    Files that are alike make a group; the group with the most usable footage is the one to learn from.
    """
    groups: list[list[Path]] = []
    for video in sorted(seen, key=lambda video: -seen[video].usable_s):
        like = next((group for group in groups if not difference(seen[video], seen[group[0]])), None)
        if like is None:
            groups.append([video])
        else:
            like.append(video)
    main = max(groups, key=lambda group: sum(seen[video].usable_s for video in group), default=[])
    others = [video for group in groups if group is not main for video in group]
    return {video: words for video in others if (words := difference(seen[video], seen[main[0]]))}


def difference(seen: Examination, main: Examination) -> str:
    """In what footage differs from the main footage, in words; "" where both can be learnt from together."""
    rates = sorted((seen.rate, main.rate))
    if rates[1] > FASTER * rates[0] > 0:
        return f"has {seen.rate:.3g} frames a second, most of the footage {main.rate:.3g}"
    shapes = sorted((seen.width / seen.height, main.width / main.height))
    if shapes[1] > WIDER * shapes[0]:
        return f"is {seen.width}x{seen.height}, another shape than most of the footage, {main.width}x{main.height}"
    if seen.usable and judge(View.of(seen.reference), View.of(main.reference)) is Health.MOVED:
        return "shows another place than most of the footage"
    return ""
