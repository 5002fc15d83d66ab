//! The clock of a connection: one alarm, put off for each request instead of made anew.
//!
//! Invariant: a sleep ends at its deadline, whatever another of the same connection had.

use hyper::rt::{Sleep, Timer};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

/// An alarm that is on the runtime's wheel; putting it off leaves it there.
type Alarm = Pin<Box<tokio::time::Sleep>>;

/// A connection's timer. The headers of each request are waited for until some deadline; an alarm set
/// and taken off for every one of them costs more than to read them.
#[derive(Clone, Default)]
pub(crate) struct Reused(Arc<Mutex<Option<Alarm>>>);

impl Timer for Reused {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        let now = Instant::now();
        self.sleep_until(now.checked_add(duration).unwrap_or(now))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        let kept = self.0.lock().ok().and_then(|mut kept| kept.take());
        let alarm = match kept {
            Some(mut alarm) => {
                alarm.as_mut().reset(deadline.into());
                alarm
            }
            None => Box::pin(tokio::time::sleep_until(deadline.into())),
        };
        Box::pin(Borrowed {
            alarm: Some(alarm),
            timer: self.clone(),
        })
    }
}

/// A sleep that gives its alarm back.
struct Borrowed {
    alarm: Option<Alarm>,
    timer: Reused,
}

impl Future for Borrowed {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if let Some(alarm) = self.alarm.as_mut() {
            ready!(alarm.as_mut().poll(context));
        }
        Poll::Ready(())
    }
}

impl Sleep for Borrowed {}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if let Ok(mut kept) = self.timer.0.lock() {
            *kept = self.alarm.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    async fn elapsed(sleep: Pin<Box<dyn Sleep>>) -> Duration {
        let begun = tokio::time::Instant::now();
        sleep.await;
        begun.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_sleep_lasts_until_its_deadline_whether_the_one_before_was_longer_or_shorter_or_rang()
    {
        let timer = Reused::default();
        let now = || tokio::time::Instant::now().into_std();
        for (unused, used) in [(9, 3), (3, 9), (0, 5)] {
            drop(timer.sleep_until(now() + SECOND * unused));
            let lasted = elapsed(timer.sleep_until(now() + SECOND * used)).await;
            assert_eq!(lasted.as_secs(), u64::from(used), "{unused} then {used}");
        }
        let (one, other) = (SECOND * 2, SECOND * 4);
        let both = (
            timer.sleep_until(now() + one),
            timer.sleep_until(now() + other),
        );
        let lasted = tokio::join!(elapsed(both.0), elapsed(both.1));
        assert_eq!(lasted, (one, other));
    }
}
