//! A cycle as it happens: carried out on one side, printed on the other, stopped by a signal.

use ccc_engine::{
    CycleRunner,
    cycle::{CycleOptions, CycleReport, CycleUpdate, Order},
};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;

use crate::{error::Error, out, printer::Printer, signals::Signals};

/// Carries `order` out and prints it. A signal stops the running step; a second one does not wait for it.
///
/// # Errors
/// The engine's; [`Error::Pipe`] when nobody reads any more, which stops the cycle; [`Error::Cycle`] when it did not
/// come to its end.
pub async fn print(
    runner: CycleRunner,
    order: Order,
    options: CycleOptions,
    printer: &mut Printer,
    signals: &mut Signals,
) -> Result<CycleReport, Error> {
    printer.asks(&*options.provider);
    let (sender, mut updates) = unbounded_channel();
    let stop = CancellationToken::new();
    let token = stop.clone();
    let running = tokio::spawn(async move { runner.carry_out(order, options, sender, token).await });
    let printed = follow(&mut updates, printer, signals, &stop).await;
    if printed.is_none() {
        running.abort();
        return Err(Error::Cycle(ccc_domain::ErrorCode::Cancelled));
    }
    let report = running
        .await
        .map_err(|_| ccc_engine::Error::Internal("a cycle ended early"))??;
    let printed = printed.unwrap_or(Ok(())).and_then(|()| printer.report(&report));
    // A cycle that did not come to its end is told even where nobody reads the rest.
    match report.failure() {
        Some(code) => Err(Error::Cycle(code)),
        None => printed.map(|()| report),
    }
}

/// Prints updates until there are no more, and how that went; none when a second signal came.
async fn follow(
    updates: &mut UnboundedReceiver<CycleUpdate>,
    printer: &mut Printer,
    signals: &mut Signals,
    stop: &CancellationToken,
) -> Option<Result<(), Error>> {
    let (mut printed, mut asked) = (Ok(()), false);
    loop {
        tokio::select! {
            biased;
            () = signals.next() => {
                if std::mem::replace(&mut asked, true) {
                    return None;
                }
                out::note("\nStopping; what was said so far is kept.");
                stop.cancel();
            }
            update = updates.recv() => match update {
                Some(update) if printed.is_ok() => {
                    printed = printer.update(&update);
                    if printed.is_err() {
                        stop.cancel();
                    }
                }
                Some(_) => {}
                None => return Some(printed),
            },
        }
    }
}
