//! Our registration at a trunk: when it is renewed, and how patiently it is tried again.

use std::time::Duration;

/// What an attempt brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Granted for so long.
    Granted(Duration),
    /// Too short for the registrar, which wants at least this (423).
    TooBrief(Duration),
    /// Refused with this status.
    Refused(u16),
    /// No answer.
    Silence,
}

/// The longest wait between attempts.
const LONGEST: Duration = Duration::from_secs(300);
/// The first wait after the registrar said no to who we are: it will hardly change its mind, and may shut us out.
const STUBBORN: Duration = Duration::from_secs(60);

/// When to try next.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// What is asked for.
    pub wanted: Duration,
    failures: u32,
}

impl Schedule {
    /// Nothing tried yet.
    pub fn new(wanted: Duration) -> Self {
        Self { wanted, failures: 0 }
    }

    /// How long to wait after this outcome. `random` is from 0 to 1: a thousand houses do not knock at once.
    pub fn after(&mut self, outcome: Outcome, random: f64) -> Duration {
        let spread = |wait: Duration| wait.mul_f64(0.9 + 0.2 * random);
        match outcome {
            Outcome::Granted(granted) => {
                self.failures = 0;
                spread(granted.mul_f64(0.6)).max(Duration::from_secs(1))
            }
            Outcome::TooBrief(least) if least > self.wanted => {
                self.wanted = least;
                Duration::ZERO
            }
            Outcome::TooBrief(_) | Outcome::Refused(_) | Outcome::Silence => {
                let first = if matches!(outcome, Outcome::Refused(401 | 403 | 404 | 407)) {
                    STUBBORN
                } else {
                    Duration::from_secs(2)
                };
                let wait = first.saturating_mul(1 << self.failures.min(10)).min(LONGEST);
                self.failures += 1;
                spread(wait)
            }
        }
    }
}

/// Tries, waits and tries again, for ever; every outcome is told.
pub async fn keep<F: Future<Output = Outcome>>(
    mut schedule: Schedule,
    mut attempt: impl FnMut(Duration) -> F,
    mut told: impl FnMut(Outcome),
    mut random: impl FnMut() -> f64,
) {
    loop {
        let outcome = attempt(schedule.wanted).await;
        told(outcome);
        tokio::time::sleep(schedule.after(outcome, random())).await;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// The seconds at which attempts are made while the registrar answers like this.
    async fn attempts(answers: &[Outcome]) -> Vec<(u64, u64)> {
        let start = tokio::time::Instant::now();
        let made = RefCell::new(Vec::new());
        let (done, over) = tokio::sync::oneshot::channel::<()>();
        let mut done = Some(done);
        let attempt = |wanted: Duration| {
            made.borrow_mut().push((start.elapsed().as_secs(), wanted.as_secs()));
            let outcome = answers.get(made.borrow().len() - 1).copied();
            if outcome.is_none() {
                drop(done.take());
            }
            async move {
                match outcome {
                    Some(outcome) => outcome,
                    None => std::future::pending().await,
                }
            }
        };
        tokio::select! {
            () = keep(Schedule::new(Duration::from_secs(600)), attempt, |_| {}, || 0.5) => {}
            _ = over => {}
        }
        made.into_inner()
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_renewed_at_sixty_parts_of_a_hundred() {
        let granted = Outcome::Granted(Duration::from_secs(100));
        assert_eq!(attempts(&[granted, granted]).await, [(0, 600), (60, 600), (120, 600)]);
    }

    #[tokio::test(start_paused = true)]
    async fn silence_doubles_the_wait_up_to_five_minutes() {
        let times = attempts(&[Outcome::Silence; 10]).await;
        let waits: Vec<u64> = times.windows(2).map(|two| two[1].0 - two[0].0).collect();
        assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wrong_password_is_not_hammered_in_and_success_forgets_the_past() {
        let (no, yes) = (Outcome::Refused(403), Outcome::Granted(Duration::from_secs(50)));
        let times: Vec<u64> =
            attempts(&[no, no, yes, Outcome::Refused(503)]).await.iter().map(|it| it.0).collect();
        assert_eq!(times, [0, 60, 180, 210, 212]);
    }

    #[tokio::test(start_paused = true)]
    async fn too_brief_is_asked_again_at_once_for_longer() {
        let brief = Outcome::TooBrief(Duration::from_secs(1_800));
        let yes = Outcome::Granted(Duration::from_secs(1_800));
        assert_eq!(attempts(&[brief, yes]).await, [(0, 600), (0, 1_800), (1_080, 1_800)]);
    }
}
