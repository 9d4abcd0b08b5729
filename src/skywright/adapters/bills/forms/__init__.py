"""Forms of bills: each turns its own columns into FOCUS's, as SQL."""

from skywright.adapters.bills.forms.focus import FocusForm
from skywright.adapters.bills.forms.form import Form, Tie, Translation
from skywright.adapters.bills.forms.recognise import translation

FORMS: tuple[Form, ...] = (FocusForm(),)
"""In the order in which they are asked whether a bill is theirs."""

__all__ = ["FORMS", "Form", "Tie", "Translation", "translation"]
