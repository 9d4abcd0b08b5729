"""A new rule's file: commented, valid, and passing its own examples, so that the author starts from green."""

from skywright.model.kinds import KIND_BY_NAME
from skywright.model.schema import columns
from skywright.model.words import t

_TEMPLATE = """\
# {about}
topic: {topic}
rules:
  - id: {id}
    kind: {kind}
    title: {title}
    severity: medium            # info, low, medium, high, critical
    # SQL over the kind's columns: TRUE fails, FALSE passes, NULL is unknown. Other tables are read in subqueries:
    #   exists (select 1 from relation r where r.target = {table}.id)
    # :names are the params below; now() is the snapshot's time. `skywright query --tables` lists tables and columns.
    when: {when}
    why: {why}
    remedy: {remedy}
    source: {source}
    # fix: {{set: {{{column}: {good}}}, risk: low}}      # or {{delete: true}}, or {{compute: {{column: SQL}}}}
    # params: {{days: 90}}
    # controls: {{cis-aws-3.0: ["2.2.1"]}}
    # clouds: [aws]             # leave out: every cloud
    examples:                   # run by `skywright rules test`; `others` gives rows of other tables
      bad: [{{{column}: {bad}}}]
      good: [{{{column}: {good}}}]
      unknown: [{{{column}: null}}]
"""


def template(identifier: str, kind: str, topic: str) -> str:
    """The text of a pack with one rule over ``kind``. Raises KeyError for an unknown kind."""
    boolean = [name for name, sql_type in columns(kind).items() if sql_type == "BOOLEAN"]
    column = boolean[0] if boolean else "name"
    about = (KIND_BY_NAME[kind].__doc__ or kind).strip().splitlines()[0]
    return _TEMPLATE.format(
        about=about,
        topic=topic,
        id=identifier,
        kind=kind,
        table=kind.replace(".", "_"),
        title=t("Say in a few words what is wrong"),
        when=f"not {column}" if boolean else f"{column} = 'bad'",
        bad="false" if boolean else "bad",
        good="true" if boolean else "good",
        column=column,
        why=t("Say in a sentence what may happen."),
        remedy=t("Say what a person would do."),
        source=t("Name the document and the page that say so"),
    )
