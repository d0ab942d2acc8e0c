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
                looks = re.search(r"(^|[^a-z.])://", node.value)
                assert not looks or file == root / "video/source.py", f"{file}: {node.value!r}"


def test_a_folder_of_videos_stands_for_them_in_order(tmp_path):
    for name in ("10.mp4", "2.mp4", ".hidden"):
        (tmp_path / name).touch()
    expanded = expand([tmp_path, "rtsp://gate/1", "0", tmp_path / "2.mp4"])
    assert [source.text for source in expanded] == [
        str(tmp_path / "2.mp4"), str(tmp_path / "10.mp4"), "rtsp://gate/1", "0", str(tmp_path / "2.mp4"),
    ]  # fmt: skip


def test_a_folder_of_pictures_is_one_video_and_an_empty_or_mixed_one_is_told(tmp_path):
    with pytest.raises(VideoError, match="is empty"):
        expand([tmp_path])
    (tmp_path / "1.png").touch()
    assert expand([str(tmp_path)]) == [Source.of(str(tmp_path))]
    (tmp_path / "film.MKV").touch()
    with pytest.raises(VideoError, match=r"videos as film\.MKV too"):
        expand([tmp_path])


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
