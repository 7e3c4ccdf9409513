//! A running cycle as a window follows it: told in batches, attached to again, outliving whoever listens.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod place;
mod scripted;

use std::sync::Arc;

use ccc_engine::{
    Engine, Error,
    cycle::{CycleUpdate, Order, live::CycleSnapshot},
    domain::{ConversationId, ConversationStatus, ErrorCode, Outcome, Phase, SessionId, Step, TurnStatus},
};
use scripted::{Ear, Scripted, numbers, text};
use tempfile::TempDir;

const DIRECTIVE: &str = "Name the days we keep the logs.";

struct Desk {
    _directory: TempDir,
    engine: Engine,
    session: SessionId,
    model: Arc<Scripted>,
}

impl Desk {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let (engine, _) = place::create(directory.path());
        let session = place::session(&engine, "Logs").id;
        Self {
            _directory: directory,
            engine,
            session,
            model: Arc::default(),
        }
    }

    fn directive(&self) -> Order {
        Order::Run {
            session: self.session,
            directive: DIRECTIVE.to_owned(),
            branch_of: None,
        }
    }

    async fn start(&self, order: Order) -> Result<(CycleSnapshot, Ear), Error> {
        let (ear, listener) = Ear::new();
        let snapshot = self.engine.cycle.start(order, self.model.options(), listener).await?;
        Ok((snapshot, ear))
    }

    /// A cycle that went well.
    async fn finished(&self) -> ConversationId {
        let [analyse, execute, review] = self.model.mouths();
        analyse.answer("the plan");
        execute.answer("the work");
        review.answer("Fine.\n\naccept");
        let (snapshot, mut ear) = self.start(self.directive()).await.unwrap();
        let report = ear.rest().await.1.unwrap();
        assert_eq!(report.phase, Phase::Done(Outcome::Accepted));
        snapshot.conversation_id
    }

    fn contents(&self, conversation: ConversationId) -> Vec<String> {
        let turns = self.engine.memory.get_conversation_history(conversation).unwrap();
        turns.into_iter().map(|turn| turn.content).collect()
    }
}

fn is_text(update: &CycleUpdate) -> bool {
    matches!(update, CycleUpdate::Text { .. })
}

#[tokio::test]
async fn everything_is_told_once_in_order_and_the_end_is_last() {
    let desk = Desk::new();
    let [analyse, execute, review] = desk.model.mouths();
    analyse.answer("the plan");
    execute.answer("the work");
    review.answer("accept");
    let (snapshot, mut ear) = desk.start(desk.directive()).await.unwrap();
    assert_eq!(
        snapshot.turns.first().map(|turn| turn.content.as_str()),
        Some(DIRECTIVE),
        "the directive is durable when the start returns"
    );
    let (heard, report) = ear.rest().await;
    let report = report.unwrap();
    assert_eq!(report.turns.len(), 4);
    assert_eq!(text(&heard), "the planthe workaccept");
    let told = numbers(&heard);
    assert_eq!(told, (1..=u32::try_from(told.len()).unwrap()).collect::<Vec<_>>());
    assert_eq!(ear.next().await, None, "nobody speaks after the end");
    let (_, listener) = Ear::new();
    assert_eq!(desk.engine.cycle.attach(report.conversation_id, listener), None);
}

#[tokio::test]
async fn text_that_comes_together_is_told_as_one_piece() {
    let desk = Desk::new();
    let [analyse] = desk.model.mouths();
    let (_, mut ear) = desk.start(desk.directive()).await.unwrap();
    analyse.begin();
    ["to", "get", "her"].iter().for_each(|piece| analyse.say(piece));
    let heard = ear.until(is_text).await;
    let pieces: Vec<_> = heard
        .iter()
        .flat_map(|b| &b.updates)
        .filter(|u| is_text(u))
        .cloned()
        .collect();
    let together = CycleUpdate::Text {
        text: "together".to_owned(),
    };
    assert_eq!(pieces, [together]);
    analyse.say(" and later");
    let later = ear.next().await.unwrap();
    assert_eq!(
        text(&[later]),
        " and later",
        "told while the step goes on, not at its end"
    );
}

#[tokio::test]
async fn a_window_that_comes_back_gets_the_whole_and_goes_on_without_gap_or_repeat() {
    let desk = Desk::new();
    let [analyse, execute, review] = desk.model.mouths();
    let (begun, mut first) = desk.start(desk.directive()).await.unwrap();
    analyse.answer("the plan");
    execute.begin();
    execute.say("the first half, ");
    first
        .until(|u| matches!(u, CycleUpdate::Text { text } if text.contains("half")))
        .await;

    let (mut second, listener) = Ear::new();
    let snapshot = desk.engine.cycle.attach(begun.conversation_id, listener).unwrap();
    let running = snapshot.running.clone().unwrap();
    assert_eq!(
        (running.step, running.text.as_str(), running.model.as_deref()),
        (Step::Execute, "the first half, ", Some("m"))
    );
    assert_eq!(snapshot.phase, Phase::Running { step: Step::Execute });
    assert_eq!(snapshot.turns.len(), 2, "the directive and the plan");

    execute.say("the second half");
    execute.finish();
    review.answer("accept");
    let (heard, report) = second.rest().await;
    assert_eq!(text(&heard), "the second halfaccept");
    let told = numbers(&heard);
    let next = snapshot.sequence + 1;
    assert_eq!(
        told,
        (next..next + u32::try_from(told.len()).unwrap()).collect::<Vec<_>>(),
        "it goes on right after the snapshot"
    );
    assert_eq!(report.unwrap().turns[2].content, "the first half, the second half");
    assert_eq!(
        numbers(&first.rest().await.0).last(),
        told.last(),
        "both hear the same end"
    );
}

#[tokio::test]
async fn a_cycle_goes_on_when_nobody_listens_any_more() {
    let desk = Desk::new();
    let [analyse, execute, review] = desk.model.mouths();
    let (begun, ear) = desk.start(desk.directive()).await.unwrap();
    drop(ear);
    let (mut deaf, listener) = Ear::new();
    desk.engine.cycle.attach(begun.conversation_id, listener).unwrap();
    desk.engine.cycle.deafen();
    assert_eq!(deaf.next().await, None, "let go, and told nothing");

    let (mut last, listener) = Ear::new();
    desk.engine.cycle.attach(begun.conversation_id, listener).unwrap();
    analyse.answer("the plan");
    execute.answer("the work");
    review.answer("accept");
    assert_eq!(last.rest().await.1.unwrap().phase, Phase::Done(Outcome::Accepted));
}

#[tokio::test]
async fn a_stop_keeps_what_was_said() {
    let desk = Desk::new();
    let [analyse] = desk.model.mouths();
    let (begun, mut ear) = desk.start(desk.directive()).await.unwrap();
    analyse.begin();
    analyse.say("half a plan");
    ear.until(is_text).await;
    desk.engine.cycle.stop(begun.conversation_id).unwrap();
    let report = ear.rest().await.1.unwrap();
    assert_eq!(
        report.phase,
        Phase::Paused {
            step: Step::Analyse,
            cause: ErrorCode::Cancelled
        }
    );
    assert_eq!(report.turns[1].status, TurnStatus::Interrupted);
    assert!(
        matches!(
            desk.engine.cycle.stop(begun.conversation_id),
            Err(Error::NoCycleRunning)
        ),
        "there is nothing left to stop"
    );
}

#[tokio::test]
async fn an_order_that_cannot_be_carried_out_is_refused_and_leaves_nothing_behind() {
    let desk = Desk::new();
    let done = desk.finished().await;
    let blank = Order::Run {
        session: desk.session,
        directive: "  ".to_owned(),
        branch_of: None,
    };
    let refused = |order| async { desk.start(order).await.map(drop).map_err(|e| e.code()) };
    assert_eq!(refused(blank).await, Err(ErrorCode::InvalidInput));
    assert_eq!(refused(Order::Resume(done)).await, Err(ErrorCode::CycleState));
    let nowhere = desk.engine.memory.new_id();
    assert_eq!(refused(Order::Resume(nowhere)).await, Err(ErrorCode::NotFound));
    let (_, listener) = Ear::new();
    assert_eq!(desk.engine.cycle.attach(done, listener), None, "nothing runs there");

    let [_analyse] = desk.model.mouths();
    let (begun, mut ear) = desk.start(desk.directive()).await.unwrap();
    let again = Order::Retry(begun.conversation_id, Step::Analyse);
    assert_eq!(refused(again).await, Err(ErrorCode::CycleState), "one cycle at a time");
    desk.engine.cycle.stop(begun.conversation_id).unwrap();
    assert!(ear.rest().await.1.is_some(), "the one that ran is still known");
}

#[tokio::test]
async fn a_cycle_that_fails_after_it_began_still_tells_its_end() {
    let desk = Desk::new();
    let [analyse] = desk.model.mouths();
    let (begun, mut ear) = desk.start(desk.directive()).await.unwrap();
    analyse.begin();
    analyse.say("half a plan");
    ear.until(is_text).await;
    desk.engine.memory.delete_session(desk.session).unwrap();
    analyse.finish();
    let report = ear.rest().await.1.unwrap();
    assert_eq!(
        (report.conversation_id, report.phase),
        (
            begun.conversation_id,
            Phase::Paused {
                step: Step::Analyse,
                cause: ErrorCode::NotFound
            }
        )
    );
}

#[tokio::test]
async fn a_step_is_done_again_from_what_came_before_it() {
    let desk = Desk::new();
    let conversation = desk.finished().await;
    let [execute, review] = desk.model.mouths();
    let (snapshot, mut ear) = desk.start(Order::Retry(conversation, Step::Execute)).await.unwrap();
    assert_eq!(snapshot.turns.len(), 4, "what is there stays visible");
    let listed = desk.engine.lasting_space().conversations(desk.session).unwrap();
    assert_eq!(
        listed[0].status,
        ConversationStatus::Active,
        "a new page looks for what runs there"
    );
    execute.answer("other work");
    review.answer("accept");
    let report = ear.rest().await.1.unwrap();
    assert_eq!(report.phase, Phase::Done(Outcome::Accepted));
    let expected = [
        DIRECTIVE,
        "the plan",
        "the work",
        "Fine.\n\naccept",
        "other work",
        "accept",
    ];
    assert_eq!(desk.contents(conversation), expected);
    let numbers: Vec<u32> = report.turns.iter().map(|turn| turn.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    let (asked, judged) = (desk.model.sent(3), desk.model.sent(4));
    assert!(
        asked.contains("the plan") && !asked.contains("the work"),
        "as if for the first time: {asked}"
    );
    assert!(
        judged.contains("other work") && !judged.contains("the work"),
        "{judged}"
    );
    let status = desk.engine.memory.get_conversation(conversation).unwrap().status;
    assert_eq!(status, ConversationStatus::Completed);
}

#[tokio::test]
async fn a_cycle_whose_first_step_was_done_again_is_resumed_from_there() {
    let desk = Desk::new();
    let conversation = desk.finished().await;
    let [analyse, _execute] = desk.model.mouths();
    analyse.answer("other plan");
    let (_, mut ear) = desk.start(Order::Retry(conversation, Step::Analyse)).await.unwrap();
    ear.until(|u| {
        matches!(
            u,
            CycleUpdate::StepStarted {
                step: Step::Execute,
                ..
            }
        )
    })
    .await;
    desk.engine.cycle.stop(conversation).unwrap();
    ear.rest().await;
    let status = desk.engine.memory.get_conversation(conversation).unwrap().status;
    assert_eq!(status, ConversationStatus::Active, "the cycle is open again");

    let [execute, review] = desk.model.mouths();
    execute.answer("other work");
    review.answer("accept");
    let (_, mut ear) = desk.start(Order::Resume(conversation)).await.unwrap();
    assert_eq!(ear.rest().await.1.unwrap().phase, Phase::Done(Outcome::Accepted));
    let asked = desk.model.sent(5);
    assert!(
        asked.contains("other plan") && !asked.contains("Fine."),
        "the old review is not answered: {asked}"
    );
}

#[tokio::test]
async fn stopping_a_repetition_at_once_leaves_the_finished_cycle_as_it_was() {
    let desk = Desk::new();
    let conversation = desk.finished().await;
    let [_review] = desk.model.mouths();
    let (_, mut ear) = desk.start(Order::Retry(conversation, Step::Review)).await.unwrap();
    desk.engine.cycle.stop(conversation).unwrap();
    ear.rest().await;
    let kept = desk.engine.memory.get_conversation(conversation).unwrap();
    assert_eq!((kept.status, kept.turn_count), (ConversationStatus::Completed, 4));
}

#[tokio::test]
async fn an_edited_directive_starts_a_branch_and_the_other_conversation_stays() {
    let desk = Desk::new();
    let first = desk.finished().await;
    let [analyse, execute, review] = desk.model.mouths();
    analyse.answer("a plan for weeks");
    execute.answer("four weeks");
    review.answer("accept");
    let edited = |session| Order::Run {
        session,
        directive: "Name the weeks we keep the logs.".to_owned(),
        branch_of: Some(first),
    };
    let (snapshot, mut ear) = desk.start(edited(desk.session)).await.unwrap();
    ear.rest().await;
    let branch = desk.engine.memory.get_conversation(snapshot.conversation_id).unwrap();
    assert_eq!(branch.branch_of, Some(first));
    assert_eq!(desk.contents(first).len(), 4);
    let elsewhere = place::session(&desk.engine, "Other").id;
    let refused = desk.start(edited(elsewhere)).await.map(drop).map_err(|e| e.code());
    assert_eq!(refused, Err(ErrorCode::NotFound), "a branch stays in its session");
}
