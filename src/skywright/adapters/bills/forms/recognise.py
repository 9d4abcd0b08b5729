"""The columns of a delivery -> the form that it is in, or what is missing for it to be one."""

import difflib
import re
from collections.abc import Mapping, Sequence

import msgspec

from skywright.adapters.bills.forms.form import Form, Translation
from skywright.model.errors import BadInput
from skywright.model.focus import Dataset
from skywright.model.words import t
from skywright.ports.bills import Wanted

_VERSION = re.compile(r"-[0-9.]+$")
"""What may differ between the files of one bill."""


def translation(forms: Sequence[Form], columns: Mapping[str, str], wanted: Wanted, where: str) -> Translation:
    """How a delivery is read. Raises BadInput for a form that is none of ours, for columns that are missing, for columns of no
    form: with the nearest one and what it lacks."""
    if wanted.mapping:
        from skywright.adapters.bills.forms.mapping import mapped

        return mapped(wanted.mapping, columns, wanted)
    if wanted.form:
        form, called = _named(forms, wanted.form)
        dataset = _dataset(form, columns, wanted)
        _complete(form, called, columns, dataset, where)
        return form.translate(called, columns, msgspec.structs.replace(wanted, dataset=dataset))
    for form in forms:
        for dataset in _datasets(wanted):
            if called := form.recognise(columns, dataset):
                return form.translate(called, columns, msgspec.structs.replace(wanted, dataset=dataset))
    raise _unknown(forms, columns, wanted, where)


def check_one_kind(forms: Sequence[Form], files: Mapping[str, Mapping[str, str]], wanted: Wanted, where: str) -> None:
    """Raises BadInput when the files of a delivery (name -> columns) are bills of several kinds, which their columns thrown
    together would hide."""
    if wanted.form or wanted.mapping:
        return
    kinds: dict[str, str] = {}
    for name, columns in files.items():
        if kind := next((kind for form in forms for dataset in _datasets(wanted) if (kind := _kind(form, columns, dataset))), ""):
            kinds.setdefault(kind, name)
    if len(kinds) > 1:
        (one, first), (other, second), *_ = kinds.items()
        raise BadInput(
            t(
                "holds bills of several kinds: {first} is {one}, {second} is {other}.",
                first=first,
                one=one,
                second=second,
                other=other,
            ),
            where=where,
            next_step=t("Import them one by one."),
        )


def _kind(form: Form, columns: Mapping[str, str], dataset: Dataset) -> str:
    called = form.recognise(columns, dataset)
    return f"{_VERSION.sub('', called)} ({dataset.value})" if called else ""


def _named(forms: Sequence[Form], wanted: str) -> tuple[Form, str]:
    known = {name: form for form in forms for name in form.names}
    if wanted in known:
        return known[wanted], wanted
    close = difflib.get_close_matches(wanted, known, n=1, cutoff=0.6)
    hint = t("Did you mean {name}? ", name=close[0]) if close else ""
    raise BadInput(
        t("There is no form {name}.", name=repr(wanted)),
        where="--form",
        next_step=hint + t("Known: {names}; anything else by --mapping FILE.", names=", ".join(known)),
    )


def _datasets(wanted: Wanted) -> Sequence[Dataset]:
    """Those to try: what was asked for, or each."""
    if wanted.dataset is not Dataset.COST_AND_USAGE:
        return [wanted.dataset]
    return [Dataset.INVOICE_DETAIL, Dataset.CONTRACT_COMMITMENT, Dataset.BILLING_PERIOD, Dataset.COST_AND_USAGE]


def _dataset(form: Form, columns: Mapping[str, str], wanted: Wanted) -> Dataset:
    return next((dataset for dataset in _datasets(wanted) if form.recognise(columns, dataset)), wanted.dataset)


def _complete(form: Form, called: str, columns: Mapping[str, str], dataset: Dataset, where: str) -> None:
    missing = form.missing(columns, dataset)
    if missing:
        raise BadInput(
            t("is not {form}: {names} missing.", form=called, names=_listed(missing)),
            where=where,
            next_step=t("Export it with these columns, or describe it with --mapping FILE."),
        )


def _unknown(forms: Sequence[Form], columns: Mapping[str, str], wanted: Wanted, where: str) -> BadInput:
    """What the columns come nearest to, by the share of what that form needs."""
    candidates = [(form, dataset) for form in forms for dataset in _datasets(wanted) if form.needs(dataset)]
    form, dataset = max(candidates, key=lambda one: _share(one[0], columns, one[1]))
    missing = form.missing(columns, dataset)
    if not missing or not _share(form, columns, dataset):
        return BadInput(
            t("is in no form of bill that is known here."),
            where=where,
            next_step=t("Describe it with --mapping FILE, or name its form with --form."),
        )
    family = form.names[0].rsplit("-", 1)[0] if len(form.names) > 1 else form.names[0]
    return BadInput(
        t("is nearest to {form} ({dataset}), but {names} missing.", form=family, dataset=dataset.value, names=_listed(missing)),
        where=where,
        next_step=t("Export it with these columns, or describe it with --mapping FILE."),
    )


def _share(form: Form, columns: Mapping[str, str], dataset: Dataset) -> float:
    return 1 - len(form.missing(columns, dataset)) / len(form.needs(dataset))


def _listed(names: Sequence[str]) -> str:
    verb = t("is") if len(names) == 1 else t("are")
    return f"{', '.join(names)} {verb}"
