//! Is this data fit to trade on? Bars, quality findings, resampling, synthetic markets.
