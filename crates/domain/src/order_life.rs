//! The life of an order as one table: from any state, what each event makes of it, or that it cannot be.

use serde::{Deserialize, Serialize};

/// Where an order is in its life, as far as we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Wanted, not yet reviewed.
    Created,
    /// Refused by our own risk gate. Terminal.
    Denied,
    /// On its way to the venue.
    Submitted,
    /// Working at the venue, nothing filled.
    Accepted,
    /// Refused by the venue. Terminal.
    Rejected,
    /// Its condition came true; it works as a market or limit order.
    Triggered,
    /// Working at the venue, partly filled.
    PartiallyFilled,
    /// Filled whole. Terminal.
    Filled,
    /// We asked for a change and have no answer.
    PendingAmend,
    /// We asked for its end and have no answer.
    PendingCancel,
    /// Ended on request. Terminal but for fills that were on their way.
    Canceled,
    /// Ended by its own terms. Terminal but for fills that were on their way.
    Expired,
    /// A request had no answer: the venue may or may not have it. It keeps its reservation until the venue says.
    Unknown,
}

/// What happens to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderEvent {
    /// Our risk gate said no.
    Deny,
    /// It was handed to the gateway.
    Submit,
    /// The venue has it.
    Accept,
    /// The venue refused it.
    Reject,
    /// Its condition came true.
    Trigger,
    /// A part was filled, more is open.
    PartFill,
    /// The rest was filled.
    Fill,
    /// We ask for a change.
    RequestAmend,
    /// The venue changed it.
    Amended,
    /// The venue refused the change; it works on as it was.
    RefuseAmend,
    /// We ask for its end.
    RequestCancel,
    /// The venue ended it.
    Cancel,
    /// The venue refused to end it; it works on as it was.
    RefuseCancel,
    /// Its terms ended it.
    Expire,
    /// No answer came in time.
    TimeOut,
    /// The venue answers that it works there, nothing filled.
    FoundWorking,
    /// The venue answers that it never had it.
    FoundAbsent,
}

/// An event that cannot happen to an order in this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an order that is {state:?} cannot meet {event:?}")]
pub struct IllegalTransition {
    /// Where the order was.
    pub state: OrderState,
    /// What was said to have happened.
    pub event: OrderEvent,
}

impl OrderState {
    /// Whether nothing more is expected (late fills may still come in).
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Denied | Self::Rejected | Self::Filled | Self::Canceled | Self::Expired)
    }

    /// Whether it may rest at the venue, as far as we know: what worst-case counting counts.
    pub const fn may_fill(self) -> bool {
        match self {
            Self::Submitted
            | Self::Accepted
            | Self::Triggered
            | Self::PartiallyFilled
            | Self::PendingAmend
            | Self::PendingCancel
            | Self::Unknown => true,
            Self::Created | Self::Denied | Self::Rejected | Self::Filled | Self::Canceled | Self::Expired => {
                false
            }
        }
    }

    /// What the event makes of the order.
    ///
    /// Fills may overtake the acknowledgement, the cancel and the expiry; they are always taken. Only the venue's word
    /// ends an order.
    ///
    /// ```
    /// use autotrading_domain::{OrderEvent as E, OrderState as S};
    /// assert_eq!(S::Submitted.after(E::PartFill), Ok(S::PartiallyFilled)); // the fill overtook the acknowledgement
    /// assert_eq!(S::Canceled.after(E::PartFill), Ok(S::Canceled)); // the fill overtook the cancel
    /// assert!(S::Filled.after(E::Reject).is_err());
    /// ```
    ///
    /// # Errors
    /// [`IllegalTransition`]; the order stays as it was.
    pub const fn after(self, event: OrderEvent) -> Result<Self, IllegalTransition> {
        use OrderEvent as E;
        use OrderState as S;
        let illegal = Err(IllegalTransition { state: self, event });
        match self {
            S::Created => match event {
                E::Deny => Ok(S::Denied),
                E::Submit => Ok(S::Submitted),
                E::Accept
                | E::Reject
                | E::Trigger
                | E::PartFill
                | E::Fill
                | E::RequestAmend
                | E::Amended
                | E::RefuseAmend
                | E::RequestCancel
                | E::Cancel
                | E::RefuseCancel
                | E::Expire
                | E::TimeOut
                | E::FoundWorking
                | E::FoundAbsent => illegal,
            },
            S::Submitted => match event {
                E::Accept | E::FoundWorking => Ok(S::Accepted),
                E::Reject | E::FoundAbsent => Ok(S::Rejected),
                E::Trigger => Ok(S::Triggered), // the trigger overtook the acknowledgement
                E::PartFill => Ok(S::PartiallyFilled), // the fill overtook the acknowledgement
                E::Fill => Ok(S::Filled),       // the fill overtook the acknowledgement
                E::RequestCancel => Ok(S::PendingCancel), // a cancel may chase an order on its way
                E::Cancel => Ok(S::Canceled),
                E::Expire => Ok(S::Expired), // IOC and FOK end at once
                E::TimeOut => Ok(S::Unknown),
                E::Deny | E::Submit | E::RequestAmend | E::Amended | E::RefuseAmend | E::RefuseCancel => {
                    illegal
                }
            },
            S::Accepted | S::Triggered => match event {
                E::Accept | E::FoundWorking | E::Amended => Ok(self), // said twice, or an amend of the venue's own
                E::Trigger => Ok(S::Triggered),
                E::PartFill => Ok(S::PartiallyFilled),
                E::Fill => Ok(S::Filled),
                E::RequestAmend => Ok(S::PendingAmend),
                E::RequestCancel => Ok(S::PendingCancel),
                E::Cancel => Ok(S::Canceled),
                E::Reject => Ok(S::Rejected), // a triggered order may be refused only now
                E::Expire => Ok(S::Expired),
                E::TimeOut => Ok(S::Unknown),
                E::FoundAbsent => Ok(S::Canceled),
                E::RefuseAmend | E::RefuseCancel => Ok(self), // the answer came after another had settled it
                E::Deny | E::Submit => illegal,
            },
            S::PartiallyFilled => match event {
                E::Accept | E::FoundWorking | E::Trigger | E::PartFill | E::Amended => Ok(S::PartiallyFilled),
                E::Fill => Ok(S::Filled),
                E::RequestAmend => Ok(S::PendingAmend),
                E::RequestCancel => Ok(S::PendingCancel),
                E::Cancel | E::FoundAbsent => Ok(S::Canceled),
                E::Expire => Ok(S::Expired),
                E::TimeOut => Ok(S::Unknown),
                E::RefuseAmend | E::RefuseCancel => Ok(S::PartiallyFilled),
                E::Deny | E::Submit | E::Reject => illegal,
            },
            S::PendingAmend => match event {
                E::Amended | E::RefuseAmend | E::FoundWorking => Ok(S::Accepted),
                E::Accept | E::Trigger | E::PartFill | E::RequestAmend => Ok(S::PendingAmend),
                E::Fill => Ok(S::Filled), // the fill overtook the amend
                E::RequestCancel => Ok(S::PendingCancel),
                E::Cancel | E::FoundAbsent => Ok(S::Canceled),
                E::Expire => Ok(S::Expired),
                E::Reject => Ok(S::Rejected),
                E::TimeOut => Ok(S::Unknown),
                E::RefuseCancel => Ok(S::PendingAmend),
                E::Deny | E::Submit => illegal,
            },
            S::PendingCancel => match event {
                E::Cancel | E::FoundAbsent => Ok(S::Canceled),
                E::RefuseCancel | E::FoundWorking => Ok(S::Accepted),
                E::Accept | E::Trigger | E::PartFill | E::Amended | E::RefuseAmend | E::RequestCancel => {
                    Ok(S::PendingCancel)
                }
                E::Fill => Ok(S::Filled), // the fill overtook the cancel
                E::Expire => Ok(S::Expired),
                E::Reject => Ok(S::Rejected), // the cancel chased an order that the venue refused
                E::TimeOut => Ok(S::Unknown),
                E::Deny | E::Submit | E::RequestAmend => illegal,
            },
            S::Unknown => match event {
                E::Accept | E::FoundWorking | E::Amended => Ok(S::Accepted), // it was there all along
                E::Trigger => Ok(S::Triggered),
                E::PartFill => Ok(S::PartiallyFilled),
                E::Fill => Ok(S::Filled),
                E::Reject | E::FoundAbsent => Ok(S::Rejected),
                E::Cancel => Ok(S::Canceled),
                E::Expire => Ok(S::Expired),
                E::RequestCancel => Ok(S::PendingCancel),
                E::TimeOut | E::RefuseAmend | E::RefuseCancel => Ok(S::Unknown),
                E::Deny | E::Submit | E::RequestAmend => illegal,
            },
            S::Canceled | S::Expired => match event {
                E::PartFill => Ok(self), // the fill overtook the end: it changes the position, not the state
                E::Fill => Ok(S::Filled), // as above, and nothing was left
                E::Accept
                | E::Trigger
                | E::Cancel
                | E::Expire
                | E::Amended
                | E::RefuseAmend
                | E::RefuseCancel
                | E::TimeOut
                | E::FoundAbsent
                | E::RequestCancel => Ok(self), // late words about a life that is over
                E::Deny | E::Submit | E::Reject | E::RequestAmend | E::FoundWorking => illegal,
            },
            S::Filled => match event {
                E::Accept
                | E::Trigger
                | E::Amended
                | E::RefuseAmend
                | E::RefuseCancel
                | E::Cancel
                | E::Expire
                | E::TimeOut
                | E::FoundAbsent
                | E::RequestCancel => Ok(S::Filled), // late words
                E::Deny
                | E::Submit
                | E::Reject
                | E::PartFill
                | E::Fill
                | E::RequestAmend
                | E::FoundWorking => illegal,
            },
            S::Rejected => match event {
                E::Reject
                | E::FoundAbsent
                | E::RefuseCancel
                | E::RefuseAmend
                | E::TimeOut
                | E::RequestCancel => Ok(S::Rejected),
                E::Deny
                | E::Submit
                | E::Accept
                | E::Trigger
                | E::PartFill
                | E::Fill
                | E::RequestAmend
                | E::Amended
                | E::Cancel
                | E::Expire
                | E::FoundWorking => illegal,
            },
            S::Denied => illegal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use OrderEvent as E;
    use OrderState as S;

    const STATES: [S; 13] = [
        S::Created,
        S::Denied,
        S::Submitted,
        S::Accepted,
        S::Rejected,
        S::Triggered,
        S::PartiallyFilled,
        S::Filled,
        S::PendingAmend,
        S::PendingCancel,
        S::Canceled,
        S::Expired,
        S::Unknown,
    ];
    const EVENTS: [E; 17] = [
        E::Deny,
        E::Submit,
        E::Accept,
        E::Reject,
        E::Trigger,
        E::PartFill,
        E::Fill,
        E::RequestAmend,
        E::Amended,
        E::RefuseAmend,
        E::RequestCancel,
        E::Cancel,
        E::RefuseCancel,
        E::Expire,
        E::TimeOut,
        E::FoundWorking,
        E::FoundAbsent,
    ];

    #[test]
    fn what_is_over_stays_over() {
        for state in STATES.into_iter().filter(|state| state.is_terminal()) {
            for event in EVENTS {
                if let Ok(next) = state.after(event) {
                    assert!(next.is_terminal(), "{state:?} after {event:?} is {next:?}");
                }
            }
        }
    }

    #[test]
    fn a_fill_is_taken_from_every_state_that_may_fill_and_after_its_end() {
        for state in STATES {
            let expected = state.may_fill() || matches!(state, S::Canceled | S::Expired);
            assert_eq!(state.after(E::Fill).is_ok(), expected, "{state:?}");
        }
    }

    #[test]
    fn silence_never_ends_an_order() {
        for state in STATES.into_iter().filter(|state| state.may_fill()) {
            assert!(state.after(E::TimeOut).unwrap().may_fill(), "{state:?}");
        }
    }

    #[test]
    fn only_the_venues_word_rejects_or_cancels() {
        let venue = [E::Reject, E::Cancel, E::FoundAbsent];
        for state in STATES.into_iter().filter(|state| state.may_fill()) {
            for event in EVENTS {
                if let Ok(S::Rejected | S::Canceled) = state.after(event) {
                    assert!(venue.contains(&event), "{state:?} after {event:?}");
                }
            }
        }
    }

    #[test]
    fn a_denied_order_never_leaves_the_house() {
        assert!(EVENTS.into_iter().all(|event| S::Denied.after(event).is_err()));
    }
}
