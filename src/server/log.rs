//! What the log says: what is wished, less false alarms.

use std::fmt;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    EnvFilter, Layer,
    layer::{Context, SubscriberExt},
    util::SubscriberInitExt,
};

/// Said by each helper thread of the disk engine when an orderly end takes its handle of the store away. The store is
/// closed by whoever told the thread to end; that needs no word.
const FALSE_ALARM: &str = "No runtime available for closing the store correctly";

/// Leaves false alarms out, and nothing else of where they come from.
struct Hush;

struct IsFalse(bool);

impl Visit for IsFalse {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0 |= field.name() == "message" && format!("{value:?}") == FALSE_ALARM;
    }
}

impl<S: Subscriber> Layer<S> for Hush {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        // events of the `log` crate all have one target: theirs is in their fields
        if *event.metadata().level() != tracing::Level::WARN || event.metadata().target() != "log" {
            return true;
        }
        let mut is_false = IsFalse(false);
        event.record(&mut is_false);
        !is_false.0
    }
}

/// Begins the log of the process on standard error; `RUST_LOG` says what is wished.
///
/// # Errors
/// The log has begun already.
pub(crate) fn begin() -> anyhow::Result<()> {
    // rsipstack logs whole messages at `info`: they hold numbers of people.
    let wished = EnvFilter::try_from_default_env().unwrap_or_else(|_| {
        EnvFilter::new("warn,callout=info,server=info,actors=info,simulator=info,rsipstack=error")
    });
    // the span that says whose a line is, whatever else is wished
    let wished = wished.add_directive("firm=error".parse()?);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(wished).with(Hush).with(lines).try_init()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use parking_lot::Mutex;
    use std::sync::Arc;

    /// Counts what is let through.
    #[derive(Clone, Default)]
    struct Heard(Arc<Mutex<usize>>);

    impl<S: Subscriber> Layer<S> for Heard {
        fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
            *self.0.lock() += 1;
        }
    }

    #[test]
    fn a_false_alarm_is_left_out_and_its_neighbours_are_not() {
        let heard = Heard::default();
        let subscriber = tracing_subscriber::registry().with(Hush).with(heard.clone());
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(target: "log", "{FALSE_ALARM}");
            assert_eq!(*heard.0.lock(), 0);
            tracing::warn!(target: "log", "Failed to clean up old WAL segments: {FALSE_ALARM}");
            tracing::error!(target: "log", "{FALSE_ALARM}");
            tracing::warn!("{FALSE_ALARM}");
            assert_eq!(*heard.0.lock(), 3);
        });
    }
}
