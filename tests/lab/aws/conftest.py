"""One small lab for all the tests here: seeding takes some seconds."""

import pytest

from skywright.lab.aws import process


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    with process.lab_running(tmp_path_factory.mktemp("lab"), seed=7, estate="small") as running:
        yield running


@pytest.fixture
def client(lab):
    import boto3
    from botocore.config import Config

    def make(service, region=None, **credentials):
        keys = {"aws_access_key_id": lab.access_key, "aws_secret_access_key": lab.secret_key, **credentials}
        once = Config(retries={"total_max_attempts": 1})
        return boto3.client(service, region_name=region or lab.home_region, endpoint_url=lab.endpoint, config=once, **keys)

    return make


@pytest.fixture
def clean(lab):
    """Faults and counts of one test are not those of the next."""
    lab.page("DELETE", "faults")
    lab.page("DELETE", "calls")
    yield lab
    lab.page("DELETE", "faults")
    lab.page("PUT", "impaired", {})
    lab.page("PUT", "alarming", {})
