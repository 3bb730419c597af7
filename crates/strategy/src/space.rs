//! All settings of a strategy together: which combinations are legal, and how a sweep goes through them.

use rand::{Rng, RngExt};

use crate::parameters::{Parameter, ParameterValue, Parameters};
use crate::settings::{ParameterError, Settings, nearest};

/// How often [`ParameterSpace::sample`] draws before it gives up on finding a legal combination.
const DRAWS: usize = 1_000;

/// Everything that can be set about a strategy, with the laws between settings. Configuration, command line and sweeps are
/// made from it.
///
/// ```
/// use autotrading_strategy::{Axis, listing};
///
/// let space = listing("sma-cross")?.space();
/// let grid = space.grid_over(vec![space.axis_of("fast=10..30:10")?, space.axis_of("slow=20,50")?])?;
/// assert_eq!(grid.count(), 6);
/// assert_eq!(grid.iter().count(), 4); // 20/20 and 30/20 are not legal: fast must be below slow
/// # Ok::<(), autotrading_strategy::ParameterError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ParameterSpace {
    strategy: &'static str,
    parameters: &'static [Parameter],
    /// Pairs of settings of which the first must be below the second.
    rising: &'static [(&'static str, &'static str)],
}

impl ParameterSpace {
    /// The space of a strategy of your own: its settings, and pairs of them of which the first must be below the second.
    #[must_use]
    pub const fn new(
        strategy: &'static str,
        parameters: &'static [Parameter],
        rising: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { strategy, parameters, rising }
    }

    /// The settings, in the order in which they are shown.
    #[must_use]
    pub const fn parameters(&self) -> &'static [Parameter] {
        self.parameters
    }

    /// Pairs of settings of which the first must be below the second.
    #[must_use]
    pub const fn rising(&self) -> &'static [(&'static str, &'static str)] {
        self.rising
    }

    /// Checks what was said, fills in the defaults and refuses combinations that contradict themselves.
    ///
    /// # Errors
    /// [`ParameterError::Unknown`], [`ParameterError::Range`] or [`ParameterError::Order`].
    pub fn check(&self, said: &Parameters) -> Result<Settings, ParameterError> {
        let settings = Settings::check(self.strategy, self.parameters, said)?;
        self.rising.iter().try_for_each(|(lower, upper)| settings.rising(lower, upper))?;
        Ok(settings)
    }

    /// The axis of a setting with the range and step that were declared for it.
    ///
    /// # Errors
    /// [`ParameterError::Unknown`] with the nearest name.
    pub fn axis(&self, name: &str) -> Result<Axis, ParameterError> {
        let parameter = self.parameter(name)?;
        Ok(Axis { name: parameter.name, values: parameter.sweep() })
    }

    /// The axis of a setting with these values.
    ///
    /// # Errors
    /// [`ParameterError::Unknown`], or [`ParameterError::Range`] with the first value that is not allowed.
    pub fn axis_with(&self, name: &str, values: &[ParameterValue]) -> Result<Axis, ParameterError> {
        let parameter = self.parameter(name)?;
        let admit = |got: &ParameterValue| {
            parameter.admit(got).ok_or_else(|| ParameterError::Range {
                strategy: self.strategy,
                name: parameter.name,
                got: got.clone(),
                allowed: parameter.range(),
            })
        };
        Ok(Axis { name: parameter.name, values: values.iter().map(admit).collect::<Result<_, _>>()? })
    }

    /// Reads an axis as it is written on a command line: `fast` (as declared), `fast=5..50:5` (from, to, step) or
    /// `fast=5,8,13`.
    ///
    /// # Errors
    /// As [`ParameterSpace::axis_with`]; [`ParameterError::Axis`] when it cannot be read.
    pub fn axis_of(&self, text: &str) -> Result<Axis, ParameterError> {
        let Some((name, values)) = text.split_once('=') else { return self.axis(text) };
        let Some((from, rest)) = values.split_once("..") else {
            return self.axis_with(name, &values.split(',').map(ParameterValue::read).collect::<Vec<_>>());
        };
        let unreadable = || ParameterError::Axis { strategy: self.strategy, got: text.to_owned() };
        let (to, step) = rest.split_once(':').ok_or_else(unreadable)?;
        let read = [from, to, step].map(ParameterValue::read);
        let values = between(&read).ok_or_else(unreadable)?;
        self.axis_with(name, &values)
    }

    /// Every combination of every setting over its declared range. Such a grid is huge; it is counted and walked without
    /// being stored.
    #[must_use]
    pub fn grid(&self) -> ParameterGrid {
        let axis = |parameter: &Parameter| Axis { name: parameter.name, values: parameter.sweep() };
        ParameterGrid { space: *self, axes: self.parameters.iter().map(axis).collect() }
    }

    /// Every combination on these axes; what has no axis keeps its default.
    ///
    /// # Errors
    /// [`ParameterError::Axis`] for an axis without values or one that is there twice.
    pub fn grid_over(&self, axes: Vec<Axis>) -> Result<ParameterGrid, ParameterError> {
        let twice =
            |place: usize, axis: &Axis| axes.iter().skip(place + 1).any(|other| other.name == axis.name);
        let bad = axes.iter().enumerate().find(|(place, axis)| axis.values.is_empty() || twice(*place, axis));
        match bad {
            Some((_, axis)) => {
                Err(ParameterError::Axis { strategy: self.strategy, got: axis.name.to_owned() })
            }
            None => Ok(ParameterGrid { space: *self, axes }),
        }
    }

    /// Draws a legal combination: every setting evenly from its declared grid, until the combination is legal.
    ///
    /// # Errors
    /// The refusal of the last of a thousand draws, should none be legal.
    pub fn sample<R: Rng + ?Sized>(&self, chance: &mut R) -> Result<Parameters, ParameterError> {
        let grid = self.grid();
        let mut refusal = None;
        for _ in 0..DRAWS {
            let drawn = grid.axes.iter().fold(Parameters::new(), |drawn, axis| {
                let place = chance.random_range(0..axis.values.len().max(1));
                axis.values.get(place).map_or(drawn.clone(), |value| drawn.with(axis.name, value.clone()))
            });
            match self.check(&drawn) {
                Ok(_) => return Ok(drawn),
                Err(error) => refusal = Some(error),
            }
        }
        refusal.map_or_else(|| Ok(Parameters::new()), Err)
    }

    fn parameter(&self, name: &str) -> Result<&'static Parameter, ParameterError> {
        self.parameters.iter().find(|parameter| parameter.name == name).ok_or_else(|| {
            let nearest = nearest(name, self.parameters.iter().map(|parameter| parameter.name));
            ParameterError::Unknown { strategy: self.strategy, name: name.to_owned(), nearest }
        })
    }
}

/// The values from one to another in equal strides; `None` if they are not numbers in order.
fn between(read: &[ParameterValue; 3]) -> Option<Vec<ParameterValue>> {
    use ParameterValue::{Integer, Real, Word};
    if let [Integer(from), Integer(to), Integer(step)] = read {
        let legal = *step > 0 && from <= to;
        let next = |value: &i64| value.checked_add(*step).filter(|next| next <= to);
        return legal.then(|| std::iter::successors(Some(*from), next).map(Integer).collect());
    }
    let real = |value: &ParameterValue| match value {
        Integer(value) => Some(*value as f64),
        Real(value) => value.is_finite().then_some(*value),
        Word(_) => None,
    };
    let [from, to, step] = read.each_ref().map(real);
    let (from, to, step) = (from?, to?, step?);
    let strides = ((to - from) / step + 1e-9).floor();
    let legal = step > 0.0 && (0.0..1e6).contains(&strides);
    // Whole values are said as such, so that a refusal names the value that is not.
    let value = |number: f64| if number.fract() == 0.0 { Integer(number as i64) } else { Real(number) };
    legal.then(|| (0..=strides as u32).map(|n| value(from + f64::from(n) * step)).collect())
}

/// One setting and the values that it takes in a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    name: &'static str,
    values: Vec<ParameterValue>,
}

impl Axis {
    /// The name of the setting.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Its values, in order.
    #[must_use]
    pub fn values(&self) -> &[ParameterValue] {
        &self.values
    }
}

/// All combinations on a few axes, by number: the last axis turns fastest.
#[derive(Clone, Debug)]
pub struct ParameterGrid {
    space: ParameterSpace,
    axes: Vec<Axis>,
}

impl ParameterGrid {
    /// The axes, slowest first.
    #[must_use]
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// How many combinations there are, the illegal ones included; the largest number where there are more.
    #[must_use]
    pub fn count(&self) -> u128 {
        self.axes.iter().fold(1, |count: u128, axis| count.saturating_mul(axis.values.len() as u128))
    }

    /// The combination of this number; `None` beyond the last and where the combination is not legal.
    #[must_use]
    pub fn nth(&self, number: u128) -> Option<Parameters> {
        if number >= self.count() {
            return None;
        }
        let mut rest = number;
        let mut said = Parameters::new();
        for axis in self.axes.iter().rev() {
            let length = axis.values.len() as u128;
            let place = usize::try_from(rest.checked_rem(length)?).ok()?;
            said = said.with(axis.name, axis.values.get(place)?.clone());
            rest /= length;
        }
        self.space.check(&said).is_ok().then_some(said)
    }

    /// The legal combinations, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = Parameters> {
        (0..self.count()).filter_map(|number| self.nth(number))
    }
}
