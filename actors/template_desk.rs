//! The front desk's commands about templates of work: what is asked of masters on visits of a sort.

use crate::{
    card_desk::{batch_of, looked_at},
    directory::Directory,
    dispatch::orders::args,
    front_desk::FrontDesk,
};
use domain::{
    equipment::EquipmentUnit,
    ports::{Command, Seat},
    refusal::Refusal,
    requests::request::RequestSort,
    values::id::TemplateId,
    visits::{
        checklist::{Checklist, built_in},
        visit::Visit,
        work_template::{Edition, TemplateCard, TemplateEvent, WorkTemplate, for_work},
    },
};
use serde::Deserialize;
use serde_json::{Value, json};

/// What a template may be for, in the order of the editor.
const SORTS: [RequestSort; 6] = [
    RequestSort::Repair,
    RequestSort::Maintenance,
    RequestSort::Install,
    RequestSort::Kkt,
    RequestSort::Complaint,
    RequestSort::Question,
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Write {
    kind: RequestSort,
    #[serde(default)]
    skill: Option<String>,
    card: TemplateCard,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    template: TemplateId,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Restore {
    template: TemplateId,
    version: u32,
}

impl Directory {
    fn template_for(&self, kind: RequestSort, unit: Option<&EquipmentUnit>) -> Option<&WorkTemplate> {
        for_work(self.templates.values(), kind, unit.map(|unit| unit.skill.as_str()))
    }
    /// Minutes that the house says such work takes.
    pub(crate) fn usual_minutes(&self, kind: RequestSort, unit: Option<&EquipmentUnit>) -> Option<u16> {
        self.template_for(kind, unit)?.in_force()?.card.minutes
    }
    /// The checklist that a visit is sent out with now.
    pub(crate) fn checklist_for(&self, kind: RequestSort, visit: &Visit) -> Option<Checklist> {
        let unit = visit.unit.and_then(|id| self.units.get(&id));
        self.template_for(kind, unit)?.given()
    }
}

/// A template as its editor sees it.
fn row(template: &WorkTemplate) -> Value {
    let edition = |it: &Edition| json!({"version": it.version, "card": it.card, "at": it.at.as_millisecond(), "by": it.by});
    json!({
        "id": template.id, "rev": template.ver, "kind": template.kind, "skill": template.skill,
        "state": template.state, "draft": template.draft,
        "editions": template.editions.iter().map(edition).collect::<Vec<_>>(),
    })
}

impl FrontDesk {
    /// Commands `template.…`.
    pub(crate) async fn template(&self, seat: &Seat, command: &Command) -> Result<Value, Refusal> {
        let _one_at_a_time = self.zoning.lock().await;
        let now = self.house.now();
        let (mut template, event) = match command.name.as_str() {
            "template.write" => {
                let Write { kind, skill, card } = args(command)?;
                (self.template_of(kind, skill)?, TemplateEvent::Written { card })
            }
            "template.restore" => {
                let Restore { template, version } = args(command)?;
                let known = self.template_known(template)?;
                let event = known.restore(version, now, &seat.login)?;
                (known, event)
            }
            "template.publish" | "template.discard" | "template.retire" => {
                let known = self.template_known(args::<Which>(command)?.template)?;
                let event = match command.name.as_str() {
                    "template.publish" => known.publish(now, &seat.login)?,
                    "template.discard" => TemplateEvent::Discarded,
                    _ => TemplateEvent::Retired,
                };
                (known, event)
            }
            other => return Err(Refusal::unknown("command", other)),
        };
        let was = template.ver;
        looked_at("the template", command, was).map_err(|no| no.with_current(row(&template)))?;
        let event = template.decide(event)?;
        template.apply(&event);
        let answer = json!({"template": template.id, "rev": template.ver});
        let mut batch = batch_of(command, &answer);
        batch.tell(template.id, template.ver, event.name(), now, &seat.login, &event);
        batch.keep(&template, was);
        self.house.keep(batch).await?;
        self.house.directory.write().templates.insert(template.id, template);
        Ok(answer)
    }
    fn template_known(&self, id: TemplateId) -> Result<WorkTemplate, Refusal> {
        let known = self.house.directory.read().templates.get(&id).cloned();
        known.ok_or_else(|| Refusal::unknown("template", id))
    }
    /// The template for a sort of work and a skill; a new one where there is none.
    fn template_of(&self, kind: RequestSort, skill: Option<String>) -> Result<WorkTemplate, Refusal> {
        let directory = self.house.directory.read();
        let known = directory.templates.values().find(|it| it.kind == kind && it.skill == skill).cloned();
        match known {
            Some(known) => Ok(known),
            None => WorkTemplate::begun(self.house.fresh(), kind, skill),
        }
    }
    /// Templates, and what is in force for each sort where none is.
    pub(crate) fn all_templates(&self) -> Value {
        let directory = self.house.directory.read();
        let mut all: Vec<&WorkTemplate> = directory.templates.values().collect();
        all.sort_by_key(|it| it.id);
        let sorts = SORTS.map(|kind| json!({"kind": kind, "items": built_in(kind)}));
        json!({"templates": all.into_iter().map(row).collect::<Vec<_>>(), "built_in": sorts})
    }
}
