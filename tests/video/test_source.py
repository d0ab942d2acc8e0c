"""What a person names: one rule for what it is, what it is called, and that no secret is ever shown."""

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import unusual
from unusual.errors import VideoError
from unusual.video.reader import SCHEMES
from unusual.video.source import Source, expand, natural_order


@pytest.mark.parametrize(
    ("named", "kind", "is_camera", "is_endless", "shown", "short"),
    [
        pytest.param("in/monday.mp4", "path", False, False, "in/monday.mp4", "monday.mp4", id="a file"),
        pytest.param(Path("0"), "path", False, False, "0", "0", id="a path is never a camera"),
        pytest.param(Path("rtsp://gate"), "path", False, False, "rtsp:/gate", "gate", id="a path is never an address"),
        pytest.param("in/*.png", "path", False, False, "in/*.png", "*.png", id="a glob"),
        pytest.param("/", "path", False, False, "/", "/", id="a path without a name"),
        pytest.param(0, "camera", True, True, "camera 0", "camera 0", id="a number"),
        pytest.param("12", "camera", True, True, "camera 12", "camera 12", id="a number that was typed"),
        pytest.param("²", "path", False, False, "²", "²", id="a digit that is no number"),
        pytest.param("-1", "path", False, False, "-1", "-1", id="a number below 0"),
        pytest.param("rtsp://gate/1", "address", True, True, "rtsp://gate/1", "rtsp://gate/1", id="rtsp"),
        pytest.param("HTTP://gate/a.mp4", "address", True, False, "HTTP://gate/a.mp4", "HTTP://gate/a.mp4", id="http"),
        pytest.param("ftp://gate/a", "address", True, True, "ftp://gate/a", "ftp://gate/a", id="any address"),
        pytest.param(
            "http://me:canary@gate/a?t=canary", "address", True, False, "http://***@gate/a***", "http://***@gate/a***",
            id="an address with secrets",
        ),
        pytest.param("rtsp:/me:canary@gate", "path", False, False, "rtsp:/***@gate", "***@gate", id="mistyped"),
    ],
)  # fmt: skip
def test_what_is_named(named, kind, is_camera, is_endless, shown, short):
    source = Source.of(named)
    assert (source.kind, source.is_camera, source.is_endless) == (kind, is_camera, is_endless)
    assert (source.shown, source.short) == (shown, short)
    assert Source.of(source) is source


@pytest.mark.parametrize("scheme", sorted(SCHEMES))
def test_every_address_that_is_opened_is_a_camera(scheme):
    source = Source.of(f"{scheme}://gate/1")
    assert source.is_camera
    assert source.scheme == scheme
    assert source.is_endless == (scheme not in ("http", "https"))


@pytest.mark.parametrize("named", ["rtsp://me:canary@gate/1", "0"])
def test_what_needs_a_file_says_so_without_the_password(named):
    with pytest.raises(VideoError, match="is no file") as told:
        Source.of(named).path  # noqa: B018
    assert "canary" not in str(told.value)


def test_nobody_else_looks_at_how_an_address_is_written():
    root = Path(unusual.__file__).parent
    for file in root.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                looks = re.search(r"(^|[^a-z0-9.])://", node.value)
                assert not looks or file == root / "video/source.py", f"{file}: {node.value!r}"


def test_a_folder_of_videos_stands_for_them_in_order(tmp_path):
    for name in ("10.mp4", "2.mp4", ".hidden"):
        (tmp_path / name).touch()
    expanded = expand([tmp_path, "rtsp://gate/1", "0", tmp_path / "2.mp4"])
    assert [source.text for source in expanded] == [
        str(tmp_path / "2.mp4"), str(tmp_path / "10.mp4"), "rtsp://gate/1", "0", str(tmp_path / "2.mp4"),
    ]  # fmt: skip


def test_a_folder_of_pictures_is_one_video_until_a_film_lies_in_it(tmp_path):
    (tmp_path / "1.png").touch()
    assert expand([str(tmp_path)]) == [Source.of(str(tmp_path))]
    (tmp_path / "film.MKV").touch()
    assert expand([tmp_path]) == [Source.of(tmp_path / "film.MKV")]


@given(st.lists(st.integers(0, 10**6), unique=True), st.sampled_from(["frame_{}.jpg", "{}.png", "cam2_{}_x.tif"]))
def test_natural_order_is_the_order_of_numbers(numbers, form):
    names = [Path(form.format(number)) for number in numbers]
    assert natural_order(names) == [Path(form.format(number)) for number in sorted(numbers)]


@given(st.lists(st.text("aB01²٣._ -", min_size=1, max_size=6).map(Path)))
def test_natural_order_takes_any_name_and_does_not_depend_on_the_start(names):
    assert natural_order(names) == natural_order(reversed(names))


SECRETS = st.text("QXZ~@:/?#&=;%!. ", min_size=1, max_size=12).filter(lambda text: set(text) & set("QXZ~"))


@given(
    st.sampled_from(["rtsp", "http", "HTTPS"]),
    st.tuples(SECRETS, SECRETS) | st.none(),
    st.sampled_from(["", "/user=admin&password={}", "/live?token={}", "/live;pwd={}", "/live#{}"]),
    SECRETS,
)
def test_no_secret_is_left_in_a_redacted_url(scheme, login, form, secret):
    user = f"{login[0]}:{login[1]}@" if login else ""
    shown = Source.of(f"{scheme}://{user}10.0.0.7:554{form.format(secret)}").shown
    assert shown.startswith(f"{scheme}://")
    assert not set(shown) & set("QXZ~")


def test_a_plain_url_is_left_alone():
    assert Source.of("rtsp://10.0.0.7:554/live/main.sdp").shown == "rtsp://10.0.0.7:554/live/main.sdp"
    assert Source.of("rtsp://user:pass@10.0.0.7/live").shown == "rtsp://***@10.0.0.7/live"


def laid_out(folder, *names):
    for name in names:
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.mkdir() if name.endswith("/") else place.write_bytes(b"x")
    return folder


@pytest.mark.parametrize(
    ("beside", "aside"),
    [
        pytest.param(["a.srt"], "a.srt", id="subtitles"),
        pytest.param(["a.json", "Thumbs.db"], "Thumbs.db, a.json", id="what a computer leaves"),
        pytest.param(["a.jpg"], "a.jpg", id="a picture of the film"),
        pytest.param(["@eaDir/a.mp4/x.jpg"], "@eaDir", id="a server's folder"),
        pytest.param(["#recycle/b.mp4"], "#recycle", id="a recycle bin"),
        pytest.param(["a.thumb", "a.LRF"], "a.LRF, a.thumb", id="previews"),
        pytest.param(["thumbs/1.jpg"], "thumbs", id="a folder of pictures of the films"),
        pytest.param([f"{n}.txt" for n in range(9)], "0.txt, 1.txt, 2.txt, 3.txt, 4.txt, 5.txt and 3 more", id="many"),
        pytest.param([".DS_Store"], "", id="hidden files, which are not worth a word"),
    ],
)
def test_what_lies_beside_videos_is_left_aside_in_one_line(tmp_path, beside, aside):
    laid_out(tmp_path, "b.mp4", "a.MP4", *beside)
    told = []
    assert [source.path.name for source in expand([tmp_path], told.append)] == ["a.MP4", "b.mp4"]
    assert told == ([f"left aside in {tmp_path}, as no videos: {aside}"] if aside else [])


def test_days_of_a_recorder_are_gone_through(tmp_path):
    laid_out(
        tmp_path, "2026-11-9/08.mp4", "2026-11-10/am/07.mp4", "2026-11-10/am/07.idx", "2026-11-10/empty/", "log.txt"
    )
    told = []
    found = expand([tmp_path], told.append)
    assert [str(source.path.relative_to(tmp_path)) for source in found] == ["2026-11-9/08.mp4", "2026-11-10/am/07.mp4"]
    assert told == [f"left aside in {tmp_path}, as no videos: 2026-11-10/am/07.idx, 2026-11-10/empty, log.txt"]


def test_folders_of_frames_are_videos(tmp_path):
    laid_out(tmp_path, "01/1.jpg", "02/1.webp", "02/2.webp")
    assert [source.path.name for source in expand([tmp_path])] == ["01", "02"]
    assert [source.path.name for source in expand([tmp_path / "01"])] == ["01"]


@pytest.mark.parametrize("names", [(), ("a.txt",), ("day/",), ("@eaDir/a.mp4",)])
def test_a_folder_without_videos_is_refused(tmp_path, names):
    with pytest.raises(VideoError, match="holds no videos and no frames"):
        expand([laid_out(tmp_path, *names)])


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(
            ["1633308134.16962", "1633308134.2", "1633308134.533032", "1633308135.04"], id="a clock's seconds"
        ),
        pytest.param(["gate-0.04", "gate-0.16", "gate-0.2", "gate-1.08"], id="seconds from the start"),
        pytest.param(["1633308134", "1633308134.5", "1633308135"], id="some without decimals"),
        pytest.param(["v1.2.9", "v1.2.10", "v1.3.1"], id="no decimals: several dots"),
        pytest.param(["1.9", "1.10", "1.11"], id="no decimals: a part and a number"),
        pytest.param(["2026.9.30", "2026.11.2"], id="no decimals: dates"),
        pytest.param(["x", "x (1)", "x (2)", "x (10)"], id="copies"),
        pytest.param(["10", "10 (1)", "11"], id="copies of numbers"),
    ],
)
def test_names_are_in_order_of_their_numbers(names):
    right = [Path(f"{name}.jpg") for name in names]
    assert natural_order(reversed(right)) == right


def test_a_name_that_is_no_text_can_be_shown():
    source = Source.of("in/bad\udcff.mp4")
    assert source.shown == "in/bad\N{REPLACEMENT CHARACTER}.mp4"
    assert source.path == Path("in/bad\udcff.mp4")
