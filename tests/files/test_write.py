"""Files are written whole, whoever writes them at the same time."""

from concurrent.futures import ThreadPoolExecutor

from benchsuite.files.write import write_bytes


def test_threads_that_write_one_file_leave_it_whole(tmp_path):
    path = tmp_path / "kept/answer.json"
    contents = [bytes([65 + n]) * 10_000 for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda data: write_bytes(path, data), contents * 8))
    assert path.read_bytes() in contents
    assert [file.name for file in path.parent.iterdir()] == ["answer.json"]
