//! Where would it be liquidated? A table and a drawing over leverage, size and entry, and the same as a picture.
//!
//! ```text
//! cargo run -p autotrading-examples --example liquidation_map
//! ```
//!
//! The picture is written to `target/liquidation_map.svg`; any browser shows it.

use std::error::Error;
use std::fmt::Write;

use autotrading_domain::{
    Direction, Leverage, Liquidation, LiquidationInputs, MarginTier, MarginTiers, Money, Price, Quantity,
    Rate, initial_margin, liquidation,
};
use rust_decimal::{Decimal, prelude::ToPrimitive};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Bitcoin's price today.
const ENTRY: i64 = 60_000;
const PICTURE: &str = "target/liquidation_map.svg";

/// Tiers as a venue lists them: the more is held, the more of it must be covered.
fn tiers() -> Outcome<MarginTiers> {
    let tier = |floor: i64, cap: i64, rate: i64, amount: i64, leverage: i64| -> Outcome<MarginTier> {
        Ok(MarginTier {
            notional_floor: Money::new(floor.into()),
            notional_cap: Money::new(cap.into()),
            maintenance_margin_rate: Rate::basis_points(rate),
            maintenance_amount: Money::new(amount.into()),
            max_leverage: Leverage::new(leverage.into())?,
        })
    };
    Ok(MarginTiers::new(vec![
        tier(0, 50_000, 40, 0, 125)?,
        tier(50_000, 250_000, 50, 50, 100)?,
        tier(250_000, 1_000_000, 100, 1_300, 50)?,
        tier(1_000_000, 5_000_000, 250, 16_300, 20)?,
        tier(5_000_000, 20_000_000, 500, 141_300, 10)?,
    ])?)
}

/// The price at which this position is liquidated with this much money behind it.
fn price_of(
    tiers: &MarginTiers,
    direction: Direction,
    quantity: Decimal,
    entry: i64,
    behind: Money,
) -> Outcome<Option<f64>> {
    let (quantity, mark) = (Quantity::new(quantity)?, Price::new(entry.into())?);
    let found = liquidation(&LiquidationInputs {
        direction,
        quantity,
        open_cost: mark.times(quantity)?,
        wallet_balance: behind,
        other_maintenance: Money::ZERO,
        other_unrealized: Money::ZERO,
        tiers,
        mark,
    })?;
    Ok(match found {
        Liquidation::At(price) => Some(price.to_f64()),
        Liquidation::Already => Some(mark.to_f64()),
        Liquidation::Never => None,
    })
}

/// As [`price_of`], for a position of this notional that carries its own margin; none beyond the venue's leverage.
fn isolated(
    tiers: &MarginTiers,
    direction: Direction,
    notional: i64,
    leverage: Decimal,
) -> Outcome<Option<Option<f64>>> {
    let money = Money::new(notional.into());
    if tiers.tier_of(money).max_leverage.get() < leverage {
        return Ok(None);
    }
    let quantity = (Decimal::from(notional) / Decimal::from(ENTRY)).round_dp(3);
    let cost = Price::new(ENTRY.into())?.times(Quantity::new(quantity)?)?;
    let margin = initial_margin(cost, Leverage::new(leverage)?)?;
    price_of(tiers, direction, quantity, ENTRY, margin).map(Some)
}

fn print_table(tiers: &MarginTiers, direction: Direction, sizes: &[i64], leverages: &[i64]) -> Outcome<()> {
    print!("{:<9}", format!("{direction}"));
    sizes.iter().for_each(|size| print!("{:>12}", thousands(*size)));
    println!();
    for leverage in leverages {
        print!("{leverage:>6}x  ");
        for size in sizes {
            match isolated(tiers, direction, *size, Decimal::from(*leverage))? {
                Some(Some(price)) => print!("{price:>12.1}"),
                Some(None) => print!("{:>12}", "never"),
                None => print!("{:>12}", "-"),
            }
        }
        println!();
    }
    Ok(())
}

/// 12 000 000 as "12M".
fn thousands(size: i64) -> String {
    if size >= 1_000_000 { format!("{}M", size / 1_000_000) } else { format!("{}k", size / 1_000) }
}

/// From half to one and a half of the entry: what lies between the two liquidation prices is safe.
fn print_drawing(tiers: &MarginTiers, size: i64, leverages: &[i64]) -> Outcome<()> {
    const WIDTH: usize = 60;
    let place = |price: f64| {
        let share = (price / ENTRY as f64 - 0.5).clamp(0.0, 1.0);
        (share * WIDTH as f64).round() as usize
    };
    println!("{:>8} {:<20}{:^20}{:>20}", "", "-50 %", "entry", "+50 %");
    for leverage in leverages {
        let long = isolated(tiers, Direction::Long, size, Decimal::from(*leverage))?;
        let short = isolated(tiers, Direction::Short, size, Decimal::from(*leverage))?;
        let (Some(long), Some(short)) = (long, short) else { continue };
        let (low, high) = (long.map_or(0, place), short.map_or(WIDTH, place));
        let line: String = (0..=WIDTH)
            .map(|at| match at {
                _ if at == WIDTH / 2 => '|',
                _ if at == low && long.is_some() => 'L',
                _ if at == high && short.is_some() => 'S',
                _ if (at > low || long.is_none()) && at < high => '.',
                _ => 'x',
            })
            .collect();
        println!("{leverage:>6}x  {line}");
    }
    Ok(())
}

/// Points that belong together, in a colour and with a name.
struct Line {
    colour: &'static str,
    name: String,
    points: Vec<(f64, f64)>,
}

/// Lines in a frame.
struct Panel {
    title: &'static str,
    across: &'static str,
    lines: Vec<Line>,
    horizontal: (f64, f64),
    vertical: (f64, f64),
    ticks: Vec<(f64, String)>,
    logarithmic: bool,
}

const WIDE: f64 = 460.0;
const HIGH: f64 = 330.0;

impl Panel {
    fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let scale = |v: f64| if self.logarithmic { v.ln() } else { v };
        let (left, right) = (scale(self.horizontal.0), scale(self.horizontal.1));
        let (low, high) = self.vertical;
        ((scale(x) - left) / (right - left) * WIDE, HIGH - (y - low) / (high - low) * HIGH)
    }

    fn draw(&self, svg: &mut String, left: f64) -> std::fmt::Result {
        writeln!(svg, r#"<g transform="translate({left},60)">"#)?;
        writeln!(svg, r#"<text class="title" x="0" y="-22">{}</text>"#, self.title)?;
        for (x, name) in &self.ticks {
            let (x, _) = self.at(*x, self.vertical.0);
            writeln!(svg, r#"<line class="grid" x1="{x:.1}" x2="{x:.1}" y1="0" y2="{HIGH}"/>"#)?;
            writeln!(
                svg,
                r#"<text class="tick" x="{x:.1}" y="{}" text-anchor="middle">{name}</text>"#,
                HIGH + 18.0
            )?;
        }
        let (low, high) = self.vertical;
        for step in 0..=6 {
            let price = low + (high - low) * f64::from(step) / 6.0;
            let (_, y) = self.at(self.horizontal.0, price);
            writeln!(svg, r#"<line class="grid" x1="0" x2="{WIDE}" y1="{y:.1}" y2="{y:.1}"/>"#)?;
            let name = if step == 0 { "0".to_owned() } else { format!("{:.0} 000", price / 1_000.0) };
            writeln!(svg, r#"<text class="tick" x="-8" y="{:.1}" text-anchor="end">{name}</text>"#, y + 4.0)?;
        }
        writeln!(
            svg,
            r#"<text class="tick" x="{}" y="{}" text-anchor="middle">{}</text>"#,
            WIDE / 2.0,
            HIGH + 40.0,
            self.across
        )?;
        for (place, Line { colour, name, points }) in self.lines.iter().enumerate() {
            let inside = points.iter().filter(|(_, price)| (low..=high).contains(price));
            let path: Vec<String> =
                inside.map(|(x, y)| self.at(*x, *y)).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            writeln!(svg, r#"<polyline style="stroke:{colour}" points="{}"/>"#, path.join(" "))?;
            let x = place as f64 * WIDE / self.lines.len() as f64;
            let y = HIGH + 66.0;
            writeln!(
                svg,
                r#"<line style="stroke:{colour};stroke-width:2" x1="{x}" x2="{}" y1="{y}" y2="{y}"/>"#,
                x + 18.0
            )?;
            writeln!(svg, r#"<text class="tick" x="{}" y="{}">{name}</text>"#, x + 23.0, y + 4.0)?;
        }
        writeln!(svg, "</g>")
    }
}

const COLOURS: [&str; 4] = ["#2a7de1", "#2a9d5c", "#d98324", "#c0392b"];

/// Liquidation prices of isolated positions over leverage; longs below the entry, shorts above.
fn over_leverage(tiers: &MarginTiers, sizes: &[i64]) -> Outcome<Panel> {
    let mut lines = Vec::new();
    for (size, colour) in sizes.iter().zip(COLOURS) {
        let mut points = Vec::new();
        for direction in [Direction::Long, Direction::Short] {
            let mut branch = Vec::new();
            // Fine steps first: between one and two much happens.
            let tenths = (10..100).chain((100..=1_000).step_by(10)).map(|tenths| Decimal::new(tenths, 1));
            for leverage in tenths {
                if let Some(Some(price)) = isolated(tiers, direction, *size, leverage)? {
                    branch.push((leverage.to_f64().unwrap_or(f64::NAN), price));
                }
            }
            // One line: in along the longs, back along the shorts.
            if direction == Direction::Short {
                branch.reverse();
            }
            points.extend(branch);
        }
        lines.push(Line { colour, name: thousands(*size), points });
    }
    let ticks = [1, 2, 3, 5, 10, 20, 50, 100].map(|leverage| (f64::from(leverage), format!("{leverage}x")));
    Ok(Panel {
        title: "Isolated, entry at 60 000: over leverage, by size",
        across: "leverage; longs die below 60 000, shorts above; a line ends with what the venue allows",
        lines,
        horizontal: (1.0, 100.0),
        vertical: (0.0, 120_000.0),
        ticks: ticks.to_vec(),
        logarithmic: true,
    })
}

/// Liquidation prices of two bitcoin with a wallet of 60 000 behind them, over the entry.
fn over_entry(tiers: &MarginTiers) -> Outcome<Panel> {
    let behind = Money::new(60_000.into());
    let line = |direction| -> Outcome<Vec<(f64, f64)>> {
        let mut points = Vec::new();
        for entry in (20_000..=100_000).step_by(1_000) {
            if let Some(price) = price_of(tiers, direction, Decimal::TWO, entry, behind)? {
                points.push((entry as f64, price));
            }
        }
        Ok(points)
    };
    let entries = vec![(20_000.0, 20_000.0), (100_000.0, 100_000.0)];
    let [blue, _, _, red] = COLOURS;
    let named = |colour, name: &str, points| Line { colour, name: name.to_owned(), points };
    Ok(Panel {
        title: "Cross, 2 BTC and a wallet of 60 000: over entry",
        across: "entry",
        lines: vec![
            named(blue, "long", line(Direction::Long)?),
            named(red, "short", line(Direction::Short)?),
            named("#999", "entry itself", entries),
        ],
        horizontal: (20_000.0, 100_000.0),
        vertical: (0.0, 120_000.0),
        ticks: (1..=5).map(|n| (f64::from(n) * 20_000.0, format!("{} 000", n * 20))).collect(),
        logarithmic: false,
    })
}

fn picture(panels: &[Panel]) -> Result<String, std::fmt::Error> {
    let mut svg = String::from(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="1140" height="490" viewBox="0 0 1140 490">
<style>
text { font-family: system-ui, sans-serif; fill: #333; } .title { font-size: 16px; font-weight: 600; }
.tick { font-size: 12px; } .grid { stroke: #ddd; } polyline { fill: none; stroke-width: 2; }
</style>
<rect width="1140" height="490" fill="white"/>
"#,
    );
    for (panel, left) in panels.iter().zip([80.0, 650.0]) {
        panel.draw(&mut svg, left)?;
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

#[expect(clippy::disallowed_methods, reason = "an example that leaves a picture")]
fn keep(svg: &str) -> std::io::Result<()> {
    std::fs::create_dir_all("target")?;
    std::fs::write(PICTURE, svg)
}

fn main() -> Outcome<()> {
    let tiers = tiers()?;
    let sizes = [10_000, 200_000, 2_000_000, 10_000_000];
    let leverages = [1, 2, 3, 5, 10, 20, 50, 100];
    println!("Isolated positions opened at {ENTRY}: liquidation price by notional and leverage\n");
    print_table(&tiers, Direction::Long, &sizes, &leverages)?;
    println!();
    print_table(&tiers, Direction::Short, &sizes, &leverages)?;
    println!("\nA position of 200k: L kills the long, S the short, dots are safe for both\n");
    print_drawing(&tiers, 200_000, &leverages)?;
    keep(&picture(&[over_leverage(&tiers, &sizes)?, over_entry(&tiers)?])?)?;
    println!("\nThe picture is {PICTURE}");
    Ok(())
}
