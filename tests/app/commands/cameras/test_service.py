"""`unusual service`, as a person types it."""


def test_install_writes_the_units_and_a_wrong_file_is_refused(run, tmp_path):
    (tmp_path / "cameras.toml").write_text('[cameras.entrance]\nsource = "rtsp://192.168.1.20/stream"\n')
    words = [
        "service",
        "install",
        "--config",
        tmp_path / "cameras.toml",
        "--home",
        tmp_path / "home",
        "--to",
        tmp_path / "units",
    ]
    code, out, _ = run(*words)
    assert code == 0 and "unusual-watch.service" in out
    (tmp_path / "cameras.toml").write_text("nonsense")
    code, _, err = run(*words)
    assert code == 2 and "is not TOML" in err
