//! One Rust file, read by its syntax: functions and their lengths, headers, documentation, forbidden macros.

use crate::tree;
use proc_macro2::Span;
use std::path::{Path, PathBuf};
use syn::{Attribute, ImplItem, Item, Meta, TraitItem, Visibility, spanned::Spanned, visit, visit::Visit};

const FORBIDDEN: [&str; 3] = ["todo", "dbg", "unimplemented"];

/// A function and how long it is, from its signature to its closing brace.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Where it begins.
    pub line: usize,
    /// How many lines it takes.
    pub lines: usize,
}

/// What the rules ask of a file.
#[derive(Debug)]
pub struct RustFile {
    /// Where it lies.
    pub path: PathBuf,
    /// All its lines.
    pub lines: usize,
    /// Those of them inside `#[cfg(test)]`, or all when the file is a test.
    pub test_lines: usize,
    /// Its functions, nested ones too.
    pub functions: Vec<Function>,
    /// Does it begin with `//!`?
    pub headed: bool,
    /// Plainly public items outside tests.
    pub public: usize,
    /// Those of them with a doc comment.
    pub documented: usize,
    /// Forbidden macros: name and line.
    pub forbidden: Vec<(String, usize)>,
}

/// Reads a file; the error names the place that is not Rust.
pub fn read(path: &Path) -> Result<RustFile, String> {
    let text = tree::text(path);
    let parsed = syn::parse_file(&text)
        .map_err(|e| format!("{}:{}: {e}", tree::shown(path), e.span().start().line))?;
    let lines = text.lines().count();
    let test = tree::is_test(path);
    let mut file = RustFile {
        path: path.to_path_buf(),
        lines,
        test_lines: if test { lines } else { 0 },
        functions: Vec::new(),
        headed: documented(&parsed.attrs),
        public: 0,
        documented: 0,
        forbidden: Vec::new(),
    };
    Reader { file: &mut file, in_test: test }.visit_file(&parsed);
    Ok(file)
}

struct Reader<'a> {
    file: &'a mut RustFile,
    in_test: bool,
}

impl Reader<'_> {
    fn function(&mut self, name: &syn::Ident, signature: Span, whole: Span) {
        let (line, end) = (signature.start().line, whole.end().line);
        self.file.functions.push(Function { name: name.to_string(), line, lines: end - line + 1 });
    }

    fn public(&mut self, visibility: &Visibility, attributes: &[Attribute]) {
        if !self.in_test && matches!(visibility, Visibility::Public(_)) {
            self.file.public += 1;
            self.file.documented += usize::from(documented(attributes));
        }
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Fn(it) => self.public(&it.vis, &it.attrs),
            Item::Struct(it) => self.public(&it.vis, &it.attrs),
            Item::Enum(it) => self.public(&it.vis, &it.attrs),
            Item::Type(it) => self.public(&it.vis, &it.attrs),
            Item::Const(it) => self.public(&it.vis, &it.attrs),
            Item::Static(it) => self.public(&it.vis, &it.attrs),
            Item::Trait(it) => {
                self.public(&it.vis, &it.attrs);
                for inner in &it.items {
                    if let TraitItem::Fn(method) = inner {
                        self.public(&it.vis, &method.attrs);
                    }
                }
            }
            _ => {}
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let test = !self.in_test && for_tests(attributes(item));
        if test {
            self.file.test_lines += item.span().end().line + 1 - item.span().start().line;
        }
        let outside = self.in_test;
        self.in_test = outside || test;
        self.item(item);
        visit::visit_item(self, item);
        self.in_test = outside;
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        match item {
            ImplItem::Fn(it) => self.public(&it.vis, &it.attrs),
            ImplItem::Const(it) => self.public(&it.vis, &it.attrs),
            _ => {}
        }
        visit::visit_impl_item(self, item);
    }

    fn visit_item_fn(&mut self, it: &'ast syn::ItemFn) {
        self.function(&it.sig.ident, it.sig.span(), it.block.span());
        visit::visit_item_fn(self, it);
    }

    fn visit_impl_item_fn(&mut self, it: &'ast syn::ImplItemFn) {
        self.function(&it.sig.ident, it.sig.span(), it.block.span());
        visit::visit_impl_item_fn(self, it);
    }

    fn visit_trait_item_fn(&mut self, it: &'ast syn::TraitItemFn) {
        if let Some(block) = &it.default {
            self.function(&it.sig.ident, it.sig.span(), block.span());
        }
        visit::visit_trait_item_fn(self, it);
    }

    fn visit_macro(&mut self, it: &'ast syn::Macro) {
        let name = it.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        if FORBIDDEN.contains(&name.as_str()) {
            self.file.forbidden.push((name, it.span().start().line));
        }
        visit::visit_macro(self, it);
    }
}

fn documented(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|it| it.path().is_ident("doc") && matches!(it.meta, Meta::NameValue(_)))
}

fn for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|it| match &it.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            condition.contains("test") && !condition.contains("not") && !condition.contains('"')
        }
        meta => meta.path().is_ident("test"),
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(it) => &it.attrs,
        Item::Enum(it) => &it.attrs,
        Item::Fn(it) => &it.attrs,
        Item::Impl(it) => &it.attrs,
        Item::Macro(it) => &it.attrs,
        Item::Mod(it) => &it.attrs,
        Item::Static(it) => &it.attrs,
        Item::Struct(it) => &it.attrs,
        Item::Trait(it) => &it.attrs,
        Item::Type(it) => &it.attrs,
        Item::Use(it) => &it.attrs,
        _ => &[],
    }
}
