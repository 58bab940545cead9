//! Schedules and their days are kept once each, come back whole, and are found by their columns.

use crate::{
    firm::{agreement, client, new, point, rows},
    place::everywhere,
};
use domain::{
    ports::{Batch, Entity, Journal, JournalError, Table},
    upkeep::{
        due::Stretch,
        occurrence::Occurrence,
        rhythm::{Every, Otherwise, Rhythm},
        schedule::{ScheduleCard, ScheduleEvent, ServiceSchedule, Tolerance},
    },
    values::id::{AgreementId, PointId, ScheduleId},
};
use jiff::civil::date;
use std::collections::BTreeSet;
use uuid::Uuid;

fn schedule(agreement: AgreementId, point: PointId) -> ServiceSchedule {
    let card = ScheduleCard {
        title: "ТО холодильников".into(),
        point,
        unit: None,
        rhythm: Rhythm { every: Every::Weeks(2), from: date(2026, 3, 2), otherwise: Otherwise::After },
        tolerance: Tolerance { before: 1, after: 2 },
        weekdays: [true; 7],
        minutes: 60,
        skills: vec![],
        masters: 1,
        preferred: vec![],
        required: vec![],
        checklist: vec![],
    };
    let id = ScheduleId::from_uuid(Uuid::from_u128(60));
    let mut fresh = ServiceSchedule::new(id, agreement, card.clone());
    fresh.apply(&ScheduleEvent::Written { card });
    fresh
}

#[test]
fn a_month_of_a_schedule_is_kept_once_and_comes_back_whole() {
    everywhere(|store| async move {
        let anna = client(1, "Анна", "+79160000001");
        let home = point(2, &anna);
        let paper = agreement(7, "A-7", &anna, vec![home.id]);
        let plan = schedule(paper.id, home.id);
        store.commit(rows(vec![new(&anna), new(&home), new(&paper), new(&plan)])).await.expect("kept");
        let holidays = BTreeSet::new();
        let march = Stretch {
            first: date(2026, 3, 1),
            last: date(2026, 3, 31),
            end: date(2027, 1, 1),
            holidays: &holidays,
        };
        let mut batch = Batch::default();
        let mut made: Vec<Occurrence> = Vec::new();
        for (mut occurrence, event) in plan.catch_up(&march, &[]) {
            let was = occurrence.ver();
            occurrence.apply(&event);
            batch.keep(&occurrence, was);
            made.push(occurrence);
        }
        assert_eq!(made.len(), 3, "the second, the sixteenth and the thirtieth");
        store.commit(batch.clone()).await.expect("kept");
        let twice = store.commit(batch).await.expect_err("the same month again");
        assert!(matches!(twice, JournalError::Stale { table: "occurrence", was: 0, .. }), "{twice}");

        let read = store.rows(Table::Occurrence).await.expect("reads");
        let mut read: Vec<Occurrence> =
            read.into_iter().map(|row| serde_json::from_value(row).expect("an occurrence")).collect();
        read.sort_by_key(|it| it.nominal);
        assert_eq!(read, made);
        assert!(plan.catch_up(&march, &read).is_empty(), "nothing is left to do");
        let row = store.row(Table::Schedule, plan.id.uuid()).await.expect("reads").expect("a row");
        assert_eq!(serde_json::from_value::<ServiceSchedule>(row).expect("a schedule"), plan);
    });
}
