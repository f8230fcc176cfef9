import pytest

from medallion_lab.runtime.first_offsets import remove_drafts


@pytest.fixture
def checkpoint(tmp_path):
    """What a stream leaves that is killed while it writes its first note."""
    for room in ("offsets", "commits", "sources/0"):
        (tmp_path / room).mkdir(parents=True)
    (tmp_path / "metadata").write_text("{}")
    (tmp_path / "offsets" / ".0.1f6e4b3c.tmp").write_text("v1\n")
    (tmp_path / "offsets" / "..0.1f6e4b3c.tmp.crc").write_text("crc")
    (tmp_path / "sources" / "0" / ".0.1f6e4b3c.tmp").write_text("v1")
    return tmp_path


def test_drafts_of_a_first_start_are_removed_and_nothing_else(checkpoint):
    remove_drafts(checkpoint)
    assert list((checkpoint / "offsets").iterdir()) == []
    assert (checkpoint / "metadata").exists()
    assert [path.name for path in (checkpoint / "sources" / "0").iterdir()] == [".0.1f6e4b3c.tmp"]


def test_a_checkpoint_with_a_micro_batch_is_left_alone(checkpoint):
    (checkpoint / "offsets" / "0").write_text("v1\n")
    before = sorted(checkpoint.rglob("*"))
    remove_drafts(checkpoint)
    assert sorted(checkpoint.rglob("*")) == before


def test_no_checkpoint_is_fine(tmp_path):
    remove_drafts(tmp_path / "none")


def test_a_stream_that_was_killed_in_its_first_note_starts_again(spark, lab):
    lab.shop.land(3)
    offsets = lab.workspace.checkpoints / "bronze" / "offsets"
    offsets.mkdir(parents=True)
    (offsets / ".0.1f6e4b3c.tmp").write_text("v1\n")
    lab.start_pipeline(available_now=True)
    assert lab.spark.table("medallion.bronze_sales_tbl").count() == 3
