//! The loop over the rules: the lowest ceiling, scaled, floored to the lot.

use std::fmt;

use autotrading_domain::{Quantity, Side, ValueError};
use rust_decimal::Decimal;

use crate::{
    Bound, Cap, CapName, CapReading, Ceiling, LifeCycle, Minimum, Multiplier, MultiplierReading, Refusal,
    SignalStrength, SizeRequest, SizingDecision, SizingRules, SizingRulesError, ceiling,
};

/// Answers how much: an ordered list of caps and one of multipliers, all pure.
///
/// ```
/// use autotrading_domain::{Instrument, Side};
/// use autotrading_sizing::{AtrRisk, Concentration, SizeRequest, Sizer};
/// let instrument = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
/// let sizer = Sizer::empty().with_cap(AtrRisk::default()).with_cap(Concentration::default());
/// let request = SizeRequest {
///     atr: Some(400.0),
///     strength: 0.5,
///     ..SizeRequest::new(&instrument, Side::Buy, 20_000.0, 10_000.0)
/// };
/// let decision = sizer.size(&request);
/// assert_eq!(decision.quantity.to_string(), "0.050"); // min(0.125, 0.1) * 0.5
/// assert_eq!(decision.bound.to_string(), "concentration");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Sizer {
    caps: Vec<Box<dyn Cap>>,
    multipliers: Vec<Box<dyn Multiplier>>,
}

impl Sizer {
    /// The rules of a configuration.
    ///
    /// # Errors
    /// [`SizingRulesError`] names the field, its value and what was allowed.
    pub fn new(rules: SizingRules) -> Result<Self, SizingRulesError> {
        rules.into_sizer()
    }

    /// Signal strength and life-cycle weight, and no cap yet: it opens nothing until it is given one.
    pub fn empty() -> Self {
        Self { caps: Vec::new(), multipliers: vec![Box::new(SignalStrength), Box::new(LifeCycle)] }
    }

    /// The same rules and one more cap, at the end.
    #[must_use]
    pub fn with_cap(mut self, cap: impl Cap + 'static) -> Self {
        self.caps.push(Box::new(cap));
        self
    }

    /// The same rules and one more multiplier, at the end.
    #[must_use]
    pub fn with_multiplier(mut self, multiplier: impl Multiplier + 'static) -> Self {
        self.multipliers.push(Box::new(multiplier));
        self
    }

    /// One more cap, if there is one.
    pub(crate) fn with_cap_if(self, cap: Option<impl Cap + 'static>) -> Self {
        match cap {
            Some(cap) => self.with_cap(cap),
            None => self,
        }
    }

    /// One more multiplier, if there is one.
    pub(crate) fn with_multiplier_if(self, multiplier: Option<impl Multiplier + 'static>) -> Self {
        match multiplier {
            Some(multiplier) => self.with_multiplier(multiplier),
            None => self,
        }
    }

    /// Whether there is a cap at all.
    pub(crate) fn has_cap(&self) -> bool {
        !self.caps.is_empty()
    }

    /// How much, and what held it back.
    pub fn size(&self, request: &SizeRequest<'_>) -> SizingDecision {
        let mut decision = SizingDecision::default();
        self.size_into(request, &mut decision);
        decision
    }

    /// The same into a decision that is used again: its lists keep their memory.
    pub fn size_into(&self, request: &SizeRequest<'_>, decision: &mut SizingDecision) {
        decision.caps.clear();
        decision.multipliers.clear();
        decision.side = request.side;
        decision.held = request.held();
        let lowest = self.read(request, decision);
        let (target, bound) = self.target(request, lowest, decision);
        decision.target = target;
        decision.unrounded = (target - decision.held).max(0.0);
        (decision.quantity, decision.bound) = land(request, decision.held, target, bound);
    }

    /// Asks every cap and multiplier; the lowest ceiling with its name, `None` when all are unlimited.
    fn read(&self, request: &SizeRequest<'_>, decision: &mut SizingDecision) -> Option<f64> {
        let mut lowest: Option<f64> = None;
        decision.tightest = None;
        for (name, ceiling) in self.ceilings(request) {
            if let Some(most) = ceiling.quantity()
                && lowest.is_none_or(|tightest| most < tightest)
            {
                lowest = Some(most);
                decision.tightest = Some(name.clone());
            }
            decision.caps.push(CapReading { name, ceiling });
        }
        decision.factor = 1.0;
        for multiplier in &self.multipliers {
            let answer = multiplier.factor(request).and_then(|factor| ceiling::share("factor", factor));
            let (factor, refusal) =
                answer.map_or_else(|refusal| (0.0, Some(refusal)), |factor| (factor, None));
            decision.factor *= factor;
            decision.multipliers.push(MultiplierReading { name: multiplier.name(), factor, refusal });
        }
        lowest
    }

    /// Every cap's answer; that of a spot market to a sale comes first.
    fn ceilings(&self, request: &SizeRequest<'_>) -> impl Iterator<Item = (CapName, Ceiling)> {
        let shortable = request.instrument.is_perpetual() || request.side == Side::Buy;
        let spot = (!shortable)
            .then(|| (CapName::new("spot"), Ceiling::at(0.0).noted("a spot market holds no shorts")));
        let ruled = self.caps.iter().map(|cap| (cap.name(), cap.ceiling(request).checked()));
        spot.into_iter().chain(ruled)
    }

    /// The position to come to, and what determined it so far.
    fn target(
        &self,
        request: &SizeRequest<'_>,
        lowest: Option<f64>,
        decision: &SizingDecision,
    ) -> (f64, Bound) {
        if let Err(refusal) = request.check() {
            return (0.0, Bound::Request { refusal });
        }
        let (Some(total), Some(name)) = (lowest, decision.tightest.clone()) else {
            return (0.0, Bound::NoCeiling);
        };
        // A total below zero keeps a position against the trade from being closed too far: scaling would close more.
        let target = if total > 0.0 { total * decision.factor } else { total };
        if total > decision.held && target <= decision.held {
            let smallest = decision.multipliers.iter().min_by(|a, b| a.factor.total_cmp(&b.factor));
            let name = smallest.map_or(name, |reading| reading.name.clone());
            return (target, Bound::Multiplier { name });
        }
        (target, Bound::Cap { name })
    }
}

/// From the target in the direction of the trade to a legal quantity, in exact arithmetic, never up.
fn land(request: &SizeRequest<'_>, held: f64, target: f64, bound: Bound) -> (Quantity, Bound) {
    let spec = request.instrument.spec();
    if target <= held {
        return (Quantity::ZERO, bound);
    }
    // More than the largest order is cut below; this only keeps it countable.
    let countable = target.min(held.max(0.0) + 2.0 * spec.max_quantity.to_f64());
    let Ok(wanted) = increment(request, countable) else {
        let refusal = Refusal::inconsistent("the target is more lots than can be counted");
        return (Quantity::ZERO, Bound::Request { refusal });
    };
    let (quantity, bound) = if wanted > spec.max_quantity {
        let largest = request.instrument.quantity_floor(spec.max_quantity).unwrap_or(Quantity::ZERO);
        (largest, Bound::MaxQuantity)
    } else {
        (wanted, bound)
    };
    if quantity.is_zero() || quantity < spec.min_quantity {
        return (Quantity::ZERO, Bound::BelowMinimum { minimum: Minimum::Quantity });
    }
    let measured = quantity.to_f64();
    if measured > -held && measured * request.mark < spec.min_notional.to_f64() {
        return (Quantity::ZERO, Bound::BelowMinimum { minimum: Minimum::Notional });
    }
    (on_scale(quantity, request), bound)
}

/// The same quantity with as many decimals as the lot step, so that equal decisions are equal bytes.
fn on_scale(quantity: Quantity, request: &SizeRequest<'_>) -> Quantity {
    let (mut exact, scale) = (quantity.get(), request.instrument.lots().step().scale());
    if exact.scale() != scale {
        exact.rescale(scale);
    }
    Quantity::of(exact)
}

/// `floor(target) - held`, floored: the target lands on the lots first, so that a held 0.1 leaves 0.2 of 0.3.
fn increment(request: &SizeRequest<'_>, target: f64) -> Result<Quantity, ValueError> {
    let lots = request.instrument.lots();
    let target = lots.at(lots.floor_index(target)?)?;
    let held = match request.side {
        Side::Buy => request.holding.signed,
        Side::Sell => -request.holding.signed,
    };
    if held.is_zero() {
        return Quantity::new(target);
    }
    let wanted = target.checked_sub(held).ok_or(ValueError::Overflow { what: "target minus held" })?;
    if wanted <= Decimal::ZERO {
        return Ok(Quantity::ZERO);
    }
    // A step of 0.001 divides everything with three decimals; other steps take the division.
    let step = lots.step();
    let on_grid = step.mantissa() == 1 && wanted.scale() <= step.scale();
    Quantity::new(if on_grid { wanted } else { lots.floor(wanted)? })
}

impl fmt::Debug for Sizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let caps = self.caps.iter().map(|cap| cap.name()).collect::<Vec<_>>();
        let multipliers = self.multipliers.iter().map(|multiplier| multiplier.name()).collect::<Vec<_>>();
        f.debug_struct("Sizer").field("caps", &caps).field("multipliers", &multipliers).finish()
    }
}
