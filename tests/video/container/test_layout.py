"""Where a recording ends by its bytes alone: of every container, built by hand and by FFmpeg."""

import pytest
from video.container.films import film

from unusual.video.container.layout import ASF_HEADER, EBML, NONSENSE, SEGMENT, Layout, layout_of


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".flv", ".wmv", ".avi", ".mkv", ".webm"])
def test_the_structure_of_a_file_ends_where_the_file_does(tmp_path, suffix):
    path = film(tmp_path / f"a{suffix}")
    whole = layout_of(path)
    assert whole.end == whole.size == path.stat().st_size and not whole.more
    path.write_bytes(path.read_bytes()[:-50])
    assert layout_of(path).cut


def test_a_structure_that_says_nothing_is_none(tmp_path):
    for number, content in enumerate(
        (b"", b"abc", b"RIFF\xff\xff\xff\xffAVI ", bytes(100), b"\x1a\x45\xdf\xa3\x00\x00")
    ):
        path = tmp_path / str(number)
        path.write_bytes(content)
        assert layout_of(path).end is None, content


def riff(kind, body):
    return b"RIFF" + (4 + len(body)).to_bytes(4, "little") + kind + body


def box(name, body=b"x" * 9, length=None):
    return (8 + len(body) if length is None else length).to_bytes(4, "big") + name + body


def large_box(name, body):
    return (1).to_bytes(4, "big") + name + (16 + len(body)).to_bytes(8, "big") + body


def tag(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + bytes(7) + body + (11 + len(body)).to_bytes(4, "big")


def piece(name, body):
    return name + (24 + len(body)).to_bytes(8, "little") + body


def element(name, body):
    return name + (0x4000 | len(body)).to_bytes(2, "big") + body


FLV = b"FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00"
MP4 = box(b"ftyp") + box(b"moov") + box(b"mdat", bytes(50))
AVI, AVIX = riff(b"AVI ", bytes(40)), riff(b"AVIX", bytes(20))
ASF = piece(ASF_HEADER, bytes(30)) + piece(b"d" * 16, bytes(50))
MKV = element(EBML, bytes(20)) + element(SEGMENT, bytes(90))
WHOLE = {
    "MP4": MP4,
    "MP4, index last": box(b"ftyp") + box(b"mdat", bytes(50)) + box(b"moov"),
    "MP4 of large boxes": box(b"ftyp") + box(b"moov") + large_box(b"mdat", bytes(50)),
    "MP4 whose last box goes on to the end": box(b"ftyp") + box(b"moov") + box(b"mdat", bytes(50), length=0),
    "AVI": AVI,
    "AVI that goes on in parts": AVI + AVIX + AVIX,
    "AVI of an odd length": riff(b"AVI ", bytes(41)) + b"\x00",
    "FLV": FLV + tag(18, bytes(8)) + tag(9, bytes(30)) + tag(8, bytes(5)),
    "ASF": ASF,
    "Matroska": MKV,
}


def laid_out(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    return layout_of(tmp_path / "a")


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_file_ends_where_its_structure_does(tmp_path, name):
    content = WHOLE[name]
    assert laid_out(tmp_path, content) == Layout(len(content), len(content))


@pytest.mark.parametrize("name", [name for name in WHOLE if "to the end" not in name])
@pytest.mark.parametrize("missing", [1, 5])
def test_a_file_that_was_cut_ends_before_its_structure(tmp_path, name, missing):
    assert laid_out(tmp_path, WHOLE[name][:-missing]).cut


@pytest.mark.parametrize("content", [MP4 + MP4, AVI + AVI, ASF + ASF, MKV + MKV], ids=["MP4", "AVI", "ASF", "Matroska"])
def test_a_second_recording_behind_the_first_is_more(tmp_path, content):
    assert laid_out(tmp_path, content) == Layout(len(content), len(content) // 2, more=True)


@pytest.mark.parametrize("content", [MP4, AVI, MKV], ids=["MP4", "AVI", "Matroska"])
def test_zeros_behind_the_end_are_nothing(tmp_path, content):
    laid = laid_out(tmp_path, content + bytes(9000))
    assert (laid.end, laid.more, laid.cut) == (len(content), False, False)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"RIFF\xff\xff\xff\xffAVI " + bytes(99), id="an AVI out of a pipe"),
        pytest.param(b"RIFF\0\0\0\0AVI " + bytes(99), id="an AVI that was never finished"),
        pytest.param(element(EBML, b"") + SEGMENT + b"\x01" + b"\xff" * 7 + bytes(50), id="a Matroska stream"),
        pytest.param(ASF_HEADER + (3).to_bytes(8, "little") + bytes(50), id="an ASF object shorter than its head"),
        pytest.param(b"G" + bytes(187), id="a transport stream"),
    ],
)
def test_where_a_writer_left_its_placeholder_the_structure_says_nothing(tmp_path, content):
    laid = laid_out(tmp_path, content)
    assert (laid.end, laid.cut) == (None, False)


def test_an_end_that_no_file_has_is_a_placeholder_too(tmp_path):
    huge = (1).to_bytes(4, "big") + b"mdat" + (NONSENSE + 1).to_bytes(8, "big")
    assert laid_out(tmp_path, box(b"ftyp") + huge + bytes(40)).end is None
