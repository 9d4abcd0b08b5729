"""Forms of bills: each turns its own columns into FOCUS's, as SQL."""

from skywright.adapters.bills.forms.azure import AzureForm
from skywright.adapters.bills.forms.cur import CurForm
from skywright.adapters.bills.forms.focus import FocusForm
from skywright.adapters.bills.forms.form import Form, Halves, Term, Translation
from skywright.adapters.bills.forms.gcp import GcpForm
from skywright.adapters.bills.forms.opencost import OpenCostForm
from skywright.adapters.bills.forms.recognise import check_one_kind, translation

FORMS: tuple[Form, ...] = (FocusForm(), CurForm(), AzureForm(), GcpForm(), OpenCostForm())
"""In the order in which they are asked whether a bill is theirs."""

__all__ = ["FORMS", "Form", "Halves", "Term", "Translation", "check_one_kind", "translation"]
