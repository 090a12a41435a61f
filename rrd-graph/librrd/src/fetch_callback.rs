//! Rows that a function of the program gives, for definitions of the form `cb//NAME`.
