//! A merge is taken back: what went over returns, as long as nothing ties it to the card that was kept.

use super::{
    client::Client,
    merging::Holdings,
    stone::{Moved, Stone},
};
use crate::{
    ports::Entity,
    refusal::Refusal,
    requests::request::Request,
    values::id::{AgreementId, PointId, UnitId},
};

/// A merge that is taken back.
#[derive(Debug, Clone, PartialEq)]
pub struct Parting {
    /// The kept card as it was before, with a new version.
    pub kept: Client,
    /// The card that lives again.
    pub other: Client,
    /// What returns to it, as it is then.
    pub back: Holdings,
}

fn tied(what: &str, id: impl std::fmt::Display) -> Refusal {
    let detail = format!(
        "{what} `{id}` speaks of both clients since they were merged: expected nothing new between them"
    );
    Refusal::state("tied-together", detail)
}

/// Which of both sides something belongs to.
struct Sides<'a>(&'a Moved);

impl Sides<'_> {
    fn point(&self, id: PointId) -> bool {
        self.0.points.contains(&id)
    }
    fn unit(&self, id: UnitId) -> bool {
        self.0.units.contains(&id)
    }
    fn agreement(&self, id: AgreementId) -> bool {
        self.0.agreements.contains(&id)
    }
    /// Everything that speaks of a card of one side is of that side.
    fn hold(&self, all: &Holdings, requests: &[&Request]) -> Result<(), Refusal> {
        for unit in &all.units {
            let mine = self.unit(unit.id);
            let paper = unit.agreement.is_some_and(|id| self.agreement(id) != mine);
            if self.point(unit.point) != mine || paper {
                return Err(tied("the unit", unit.id));
            }
        }
        for paper in &all.agreements {
            let mine = self.agreement(paper.id);
            let points = paper.points.iter().all(|id| self.point(*id) == mine);
            if !points || paper.units.iter().any(|id| self.unit(*id) != mine) {
                return Err(tied("the agreement", &paper.no));
            }
        }
        for request in requests {
            let mine = self.0.requests.contains(&request.id);
            let unit = request.unit.is_some_and(|id| self.unit(id) != mine);
            let paper = request.agreement.is_some_and(|id| self.agreement(id) != mine);
            if self.point(request.point) != mine || unit || paper {
                return Err(tied("the request", request.no));
            }
        }
        Ok(())
    }
}

/// Takes a merge back. `kept` is the card that the stone points to, `all` and `requests` are what it has now.
///
/// # Errors
/// The card was not merged, the kept one was changed or merged since, or something new speaks of both.
pub fn part(
    stone: &Client,
    kept: Option<&Client>,
    all: &Holdings,
    requests: &[&Request],
) -> Result<Parting, Refusal> {
    let Some(laid) = stone.stone.as_deref() else {
        let detail = format!("`{}` was not merged into another card: expected one that was", stone.id);
        return Err(Refusal::state("not-merged", detail));
    };
    let kept = kept.filter(|card| card.stone.is_none()).ok_or_else(|| {
        let detail = format!("`{}` was merged on: expected to part that one first", laid.into);
        Refusal::state("merged-on", detail)
    })?;
    let Stone { since, before, moved, .. } = laid;
    if kept.ver() != *since {
        let detail =
            format!("the kept card is at version `{}`: expected `{since}`, as the merge left it", kept.ver());
        return Err(Refusal::state("changed-since", detail));
    }
    Sides(moved).hold(all, requests)?;
    let back = Holdings {
        points: all.points.iter().filter(|it| moved.points.contains(&it.id)).cloned().collect(),
        units: all.units.iter().filter(|it| moved.units.contains(&it.id)).cloned().collect(),
        agreements: all.agreements.iter().filter(|it| moved.agreements.contains(&it.id)).cloned().collect(),
    };
    Ok(Parting {
        kept: Client { ver: kept.ver + 1, ..(**before).clone() },
        other: Client { ver: stone.ver + 1, stone: None, ..stone.clone() },
        back: back.given(stone.id),
    })
}
