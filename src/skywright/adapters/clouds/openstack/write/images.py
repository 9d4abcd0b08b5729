"""Images: whom they are for, their protection and their tags."""

from typing import Any

from skywright.adapters.clouds.kit import translate as tr
from skywright.adapters.clouds.kit.actions import Action, Setting, Values, Way
from skywright.adapters.clouds.openstack.place import IMAGE, worded, words
from skywright.adapters.clouds.openstack.read.images import PUBLIC
from skywright.adapters.clouds.openstack.write.base import PATCH, Target, call
from skywright.adapters.clouds.openstack.write.network import fits_words

KIND = "compute.image"
WAS = "skywright_was"
VERB = "PATCH /images/{}"


def _image(target: Target) -> dict[str, Any]:
    return target.get("/images/{}", target.id)


def _patch(target: Target, *changes: dict[str, Any]) -> None:
    target.ask(VERB, target.id, **PATCH(list(changes)))


def _write_public(target: Target, wanted: Values) -> None:
    """Private, with a note of what it was (for everyone, or for everyone who knows its id); the way back reads the note."""
    image = _image(target)
    if not wanted["public"]:
        was = {"op": "add", "path": f"/{WAS}", "value": image["visibility"]}
        _patch(target, was, {"op": "replace", "path": "/visibility", "value": "private"})
        return
    noted = tr.text(image, WAS)
    forget = [{"op": "remove", "path": f"/{WAS}"}] if noted else []
    _patch(target, *forget, {"op": "replace", "path": "/visibility", "value": noted or PUBLIC[0]})


def _setting(name: str, column: str, permissions: tuple[str, ...], document: str, **more: Any) -> Setting:
    return Setting(
        action=Action(
            name=name,
            kind=KIND,
            columns=(column,),
            calls=(call(IMAGE, VERB), call(IMAGE, "GET /images/{}")),
            own_permissions=("modify_image", "get_image", *permissions),
            document=document,
            note=more.pop("note", ""),
        ),
        **more,
    )


PRIVATE = _setting(
    "make an image private",
    "public",
    ("communitize_image", "publicize_image"),
    "Image API v2: Update image; Image visibility",
    read=lambda target: {"public": _image(target)["visibility"] in PUBLIC},
    write=_write_public,
    note="by default only administrators may make an image public again",
)
PROTECTED = _setting(
    "protect an image against deletion",
    "protected",
    (),
    "Image API v2: Update image",
    read=lambda target: {"protected": _image(target)["protected"]},
    write=lambda target, wanted: _patch(target, {"op": "replace", "path": "/protected", "value": wanted["protected"]}),
)
TAGS = _setting(
    "change the tags of an image",
    "tags",
    (),
    "Image API v2: Update image; Image tags",
    read=lambda target: {"tags": words(_image(target)["tags"])},
    write=lambda target, wanted: _patch(target, {"op": "replace", "path": "/tags", "value": worded(wanted["tags"])}),
    allowed=fits_words,
)

WAYS: tuple[Way, ...] = (PRIVATE, PROTECTED, TAGS)
