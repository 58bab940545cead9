//! The lines of the house as data: providers' trunks, desk phones, queues, menus and codecs. Written by the administrator on
//! a screen, or in the settings file; one form for both.

pub mod codec;
pub mod desk_phone;
pub mod line_book;
pub mod queue;
pub mod trunk;
