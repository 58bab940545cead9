//! A campaign: its drawing, its pace, its hours, and what becomes of whom it rings.

use crate::{
    firm::{at, id},
    machine::{Machine, found, hold, walk, word},
};
use domain::{
    calls::campaign::{Campaign, CampaignEvent, CampaignState, Count, Due, FIRST_WAIT, MOST_TRIES},
    refusal::Refusal,
    values::{calendar::OpenHours, id::ClientId},
};
use jiff::{civil::time, tz::TimeZone};
use proptest::prelude::*;

impl Machine for Campaign {
    type Event = CampaignEvent;
    const STEP: i64 = 90;
    fn decide(&self, event: CampaignEvent, _: i64) -> Result<CampaignEvent, Refusal> {
        Campaign::decide(self, event)
    }
    fn apply(&mut self, event: &CampaignEvent, _: i64) {
        Campaign::apply(self, event);
    }
    fn ver(&self) -> u64 {
        self.ver
    }
    fn state(&self) -> String {
        word(&self.state)
    }
}

fn due(number: u128) -> Due {
    Due { client: id(number), tries: 0, not_before: None }
}
fn campaign(clients: u128) -> Campaign {
    Campaign {
        id: id(1),
        ver: 0,
        name: "Договоры до Нового года".into(),
        words: "Предложите продлить договор на тех же условиях".into(),
        queue: "main".into(),
        hours: OpenHours { from: time(10, 0, 0, 0), to: time(19, 0, 0, 0) },
        state: CampaignState::Running,
        waiting: (1..=clients).map(due).collect(),
        calling: vec![],
        count: Count::default(),
        by: "manager".into(),
        at: at(0),
    }
}
fn begun(clients: u128) -> Campaign {
    let mut campaign = campaign(clients);
    campaign.apply(&CampaignEvent::Begun);
    campaign
}
fn events() -> Vec<CampaignEvent> {
    let mut all =
        vec![CampaignEvent::Begun, CampaignEvent::Paused, CampaignEvent::Resumed, CampaignEvent::Stopped];
    for number in 1..=2 {
        let client: ClientId = id(number);
        all.push(CampaignEvent::Called { client });
        all.push(CampaignEvent::Barred { client, code: "consent-missing".into() });
        all.extend([true, false].map(|reached| CampaignEvent::Went { client, reached, at: at(0) }));
    }
    all
}

const DRAWING: &str = "
    new > running
    running > paused, paused > running
    running > over, paused > over
";

proptest! {
    #[test]
    fn whatever_comes_a_campaign_keeps_the_laws(picks in prop::collection::vec(any::<u16>(), 0..80)) {
        walk(&campaign(2), &events(), &picks)?;
    }

    /// Everybody is waiting, being rung, or counted: nobody is lost and nobody is counted twice, until it is stopped.
    #[test]
    fn nobody_is_lost_and_nobody_is_rung_too_often(picks in prop::collection::vec(any::<u16>(), 0..200)) {
        let (mut campaign, all) = (begun(2), events());
        let mut stopped = false;
        for pick in picks {
            let event = all[usize::from(pick) % all.len()].clone();
            if matches!(event, CampaignEvent::Stopped) && pick % 16 != 0 { continue; }
            if let Ok(event) = campaign.decide(event) {
                stopped |= matches!(event, CampaignEvent::Stopped);
                campaign.apply(&event);
            }
            let Count { total, reached, unreached, barred } = campaign.count;
            let open = (campaign.waiting.len() + campaign.calling.len()) as u32;
            prop_assert!(stopped || open + reached + unreached + barred == total);
            prop_assert!(campaign.waiting.iter().all(|due| due.tries < MOST_TRIES));
        }
    }
}

#[test]
fn the_drawing_is_the_machine() {
    hold(&found(&campaign(2), &events()), DRAWING, &["over"]);
}

#[test]
fn no_more_are_rung_than_operators_wait_and_only_in_its_hours() {
    let zone = TimeZone::UTC;
    let noon = "2026-11-23T12:00:00Z".parse().expect("an instant");
    let mut campaign = begun(5);
    assert_eq!(campaign.next(noon, &zone, 2), [id(1), id(2)]);
    campaign.apply(&CampaignEvent::Called { client: id(1) });
    assert_eq!(campaign.next(noon, &zone, 2), [id(2)], "one operator waits for the answer of the first");
    assert_eq!(campaign.next(noon, &zone, 0), []);
    for early in ["2026-11-23T09:59:59Z", "2026-11-23T19:00:00Z"] {
        assert_eq!(campaign.next(early.parse().expect("an instant"), &zone, 2), [], "{early}");
    }
    campaign.hours = OpenHours { from: time(0, 0, 0, 0), to: time(23, 59, 0, 0) };
    assert_eq!(
        campaign.next("2026-11-23T22:00:00Z".parse().expect("an instant"), &zone, 2),
        [],
        "they sleep"
    );
    campaign.apply(&CampaignEvent::Paused);
    assert_eq!(campaign.next(noon, &zone, 2), []);
}

#[test]
fn who_does_not_answer_is_rung_again_later_and_three_times_at_most() {
    let zone = TimeZone::UTC;
    let mut now = "2026-11-23T10:00:00Z".parse::<jiff::Timestamp>().expect("an instant");
    let mut campaign = begun(1);
    for tries in 1..=MOST_TRIES {
        assert_eq!(campaign.next(now, &zone, 1), [id(1)], "try {tries}");
        campaign.apply(&CampaignEvent::Called { client: id(1) });
        campaign.apply(&CampaignEvent::Went { client: id(1), reached: false, at: now });
        let wait = FIRST_WAIT * (1i32 << (tries - 1));
        assert_eq!(campaign.next(now + wait - jiff::SignedDuration::from_secs(1), &zone, 1), []);
        now += wait;
    }
    assert_eq!((campaign.state, campaign.count.unreached), (CampaignState::Over, 1));
}

#[test]
fn a_campaign_that_makes_no_sense_is_not_begun() {
    let refused = |change: fn(&mut Campaign)| {
        let mut campaign = campaign(1);
        change(&mut campaign);
        campaign.decide(CampaignEvent::Begun).expect_err("refused").detail
    };
    assert!(refused(|c| c.words = " ".into()).contains("expected both"));
    assert!(refused(|c| c.waiting.clear()).contains("nobody is to be rung"));
    assert!(refused(|c| c.waiting = (0..5_001).map(due).collect()).contains("`5001` clients are too many"));
    assert!(refused(|c| c.hours.to = c.hours.from).contains("are empty"));
}
