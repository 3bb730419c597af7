//! What following each strategy has earned on paper, day by day, and the life that these days lead.

use autotrading_domain::{Bar, InstrumentId, Span, StrategyId, Timestamp};
use autotrading_strategy::{LifeCycle, LifeCycleError, LifeCycleRules};

use super::{Engine, Seat, allocation::lean_of, memory::KeptLife};
use crate::{EngineError, LifeChange, Turn};

/// Largest gain of a day that is believed, as a share of capital.
const LARGEST_DAY: f64 = 1e6;

/// The lives of all strategies. A strategy on several instruments has one life; its capital is spread evenly over its seats,
/// and over the legs of each.
///
/// A day is that of the bars that open on it, in UTC; it ends with the first bar of a later one, so that all instruments
/// have told their bars of it.
#[derive(Debug)]
pub(super) struct Lives {
    lives: Vec<Life>,
    seats: Vec<Paper>,
    /// Up to which funding was counted, by instrument.
    funded: Vec<Timestamp>,
    day: Option<Timestamp>,
}

/// One strategy.
#[derive(Debug)]
struct Life {
    name: String,
    /// How many of the same name, at the same places, were configured before it.
    namesake: usize,
    cycle: LifeCycle,
    /// What the day has earned until now, as a share of its capital.
    today: f64,
    /// It begins with its first opinion, not with the first bar.
    begun: bool,
}

/// What a seat's opinions are worth on paper.
#[derive(Debug)]
struct Paper {
    life: usize,
    /// What part of the life's capital each leg has.
    part: f64,
    /// How its opinion leans on each of its instruments, since the last bar.
    leans: Vec<(InstrumentId, f64)>,
    /// The sum of all that it has earned, as a share of the life's capital.
    earned: f64,
}

impl Lives {
    pub(super) fn new(
        instruments: usize,
        rules: LifeCycleRules,
        seats: &[Seat],
    ) -> Result<Self, LifeCycleError> {
        let mut lives = Vec::new();
        let mut papers: Vec<Paper> = Vec::new();
        // A strategy that is configured twice, with other parameters, sits twice at the same place: these are two lives.
        let mut known: Vec<(&str, usize)> = Vec::new();
        for (place, seat) in seats.iter().enumerate() {
            let alike = |other: &&Seat| other.name == seat.name && other.instruments == seat.instruments;
            let key = (seat.name.as_str(), seats.iter().take(place).filter(alike).count());
            let life = known.iter().position(|other| *other == key).unwrap_or(known.len());
            if life == known.len() {
                known.push(key);
                let (name, cycle) = (seat.name.clone(), LifeCycle::new(rules)?);
                lives.push(Life { name, namesake: key.1, cycle, today: 0.0, begun: false });
            }
            let leans = seat.instruments.iter().map(|id| (*id, 0.0)).collect();
            papers.push(Paper { life, part: 0.0, leans, earned: 0.0 });
        }
        for place in 0..known.len() {
            let own = papers.iter().filter(|paper| paper.life == place).count().max(1) as f64;
            for paper in papers.iter_mut().filter(|paper| paper.life == place) {
                paper.part = 1.0 / (own * paper.leans.len().max(1) as f64);
            }
        }
        let funded = vec![Timestamp::from_nanos(i64::MIN); instruments];
        Ok(Self { lives, seats: papers, funded, day: None })
    }

    /// What share of its weight each of these seats has at the stage of its life.
    pub(super) fn shares(&self, seats: &[usize]) -> Vec<f64> {
        let share = |seat: &usize| self.life(*seat).map_or(1.0, |life| life.cycle.weight());
        seats.iter().map(share).collect()
    }

    /// What must outlive the program. Days that are not over are not kept.
    pub(super) fn kept(&self) -> Vec<KeptLife> {
        let keep = |life: &Life| KeptLife {
            strategy: life.name.clone(),
            namesake: life.namesake,
            life: life.cycle.clone(),
        };
        self.lives.iter().map(keep).collect()
    }

    /// Goes on with the lives of an earlier run, where the strategies are the same.
    pub(super) fn recall(&mut self, kept: &[KeptLife]) {
        for kept in kept {
            let own = self.lives.iter_mut().find(|l| l.name == kept.strategy && l.namesake == kept.namesake);
            if let Some(life) = own {
                (life.cycle, life.begun) = (kept.life.clone(), kept.life.record().days() > 0);
            }
        }
    }

    fn life(&self, seat: usize) -> Option<&Life> {
        self.lives.get(self.seats.get(seat)?.life)
    }

    /// Each of these seats earns `rate` on how it leans on the instrument.
    fn earn(&mut self, seats: &[usize], id: InstrumentId, rate: f64) {
        for seat in seats {
            let Some(paper) = self.seats.get_mut(*seat) else { continue };
            let lean = paper.leans.iter().find(|(own, _)| *own == id).map_or(0.0, |(_, lean)| *lean);
            let gain = paper.part * lean * rate;
            if gain.is_finite() {
                paper.earned += gain;
                if let Some(life) = self.lives.get_mut(paper.life) {
                    life.today += gain;
                }
            }
        }
    }

    /// The opinion of a seat leans so from now on; what changed costs the fee.
    fn lean(&mut self, seat: usize, id: InstrumentId, lean: f64, fee: f64) {
        let Some(paper) = self.seats.get_mut(seat) else { return };
        let Some((_, stood)) = paper.leans.iter_mut().find(|(own, _)| *own == id) else { return };
        let cost = paper.part * (lean - std::mem::replace(stood, lean)).abs() * fee;
        paper.earned -= cost;
        if let Some(life) = self.lives.get_mut(paper.life) {
            life.today -= cost;
            life.begun |= lean != 0.0;
        }
    }

    /// Whether a bar that opens then begins another day than that of the bars before it.
    fn ends_day(&mut self, opened: Timestamp) -> bool {
        let day = opened.floor(Span::DAY);
        let before = *self.day.get_or_insert(day);
        self.day = Some(before.max(day));
        day > before
    }

    /// The day is over: each life takes what it has earned. Says whether a stage changed.
    fn close_day(&mut self, turn: &mut Turn) -> Result<bool, LifeCycleError> {
        let mut moved = false;
        for (place, life) in self.lives.iter_mut().enumerate().filter(|(_, life)| life.begun) {
            // More than everything cannot be lost of a paper account.
            let day = std::mem::take(&mut life.today).clamp(-1.0, LARGEST_DAY);
            let Some(transition) = life.cycle.observe(day)? else { continue };
            moved = true;
            let own = self.seats.iter().enumerate().filter(|(_, paper)| paper.life == place);
            let strategies = own.map(|(seat, _)| StrategyId(u16::try_from(seat).unwrap_or(u16::MAX)));
            turn.life_changes.push(LifeChange { strategies: strategies.collect(), transition });
        }
        Ok(moved)
    }
}

impl Engine {
    /// What the standing opinions on an instrument have earned with this bar, before it is known to anybody else; at the
    /// first bar of a day, the day before is closed first.
    #[inline]
    pub(super) fn count_paper(
        &mut self,
        id: InstrumentId,
        bar: &Bar,
        turn: &mut Turn,
    ) -> Result<(), EngineError> {
        let Some(lives) = &mut self.lives else { return Ok(()) };
        if lives.ends_day(bar.open_time) && lives.close_day(turn)? {
            self.temper();
        }
        let Some(lives) = &mut self.lives else { return Ok(()) };
        if let Some(market) = self.markets.get(id.index()) {
            lives.earn(&market.seats, id, bar.close / market.close - 1.0);
        }
        self.fund_paper(id);
        Ok(())
    }

    /// The stages of all lives count from now on.
    pub(super) fn temper(&mut self) {
        let Some(lives) = &self.lives else { return };
        for market in &mut self.markets {
            market.life_shares = Some(lives.shares(&market.seats));
            market.weigh();
            market.reweighed = true;
        }
    }

    /// Funding that was due is paid on paper too: a strategy that lives on it is judged by it.
    #[inline]
    pub(super) fn fund_paper(&mut self, id: InstrumentId) {
        let Some(lives) = &mut self.lives else { return };
        let Some(market) = self.markets.get(id.index()) else { return };
        let Some(outlook) = market.funding.filter(|outlook| outlook.next <= self.now) else { return };
        let Some(funded) = lives.funded.get_mut(id.index()).filter(|funded| **funded < outlook.next) else {
            return;
        };
        *funded = outlook.next;
        lives.earn(&market.seats, id, -outlook.rate);
    }

    /// Writes down how the opinions lean, on this instrument and on the other legs of its strategies, until the next bar.
    #[inline]
    pub(super) fn note_leans(&mut self, id: InstrumentId) {
        let Some(lives) = &mut self.lives else { return };
        let Some(market) = self.markets.get(id.index()) else { return };
        for seat in &market.seats {
            let Some(instruments) = self.seats.get(*seat).map(|seat| &seat.instruments) else { continue };
            for leg in instruments {
                let fee = self.instruments.get(*leg).map_or(0.0, |facts| facts.spec().taker_fee.to_f64());
                lives.lean(*seat, *leg, lean_of(&self.pipeline, *seat, *leg, self.now), fee.max(0.0));
            }
        }
    }

    /// The life of a strategy, by the number of any of its seats; `None` when lives are not followed.
    pub fn life_of(&self, strategy: StrategyId) -> Option<&LifeCycle> {
        Some(&self.lives.as_ref()?.life(strategy.index())?.cycle)
    }

    /// What following the opinions of this seat has earned on paper until now: lean times return of each closed bar, funding
    /// included, less the taker fee on each change of the lean; a plain sum, as a share of the capital of the strategy,
    /// which is spread evenly over its seats. The sum over its seats is the strategy's. `None` when lives are not followed.
    pub fn paper_of(&self, strategy: StrategyId) -> Option<f64> {
        Some(self.lives.as_ref()?.seats.get(strategy.index())?.earned)
    }
}
