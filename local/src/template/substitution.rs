//! The text of `Fn::Sub`, taken apart: `${Name}`, `${Name.Attribute}`, `${!Literal}`.

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Stands as it is.
    Text(&'a str),
    /// `${!x}`: the text `${x}`.
    Literal(&'a str),
    /// `${x}`: the value of `x`.
    Variable(&'a str),
}

/// What is wrong with a text.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubstitutionError {
    /// A `${` without its `}`.
    #[error("a ${{ without its }}")]
    Unterminated,
    /// AWS's own sentence.
    #[error(
        "variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons"
    )]
    Name,
}

/// Takes a text apart.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, SubstitutionError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (inner, after) = after.split_once('}').ok_or(SubstitutionError::Unterminated)?;
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(match inner.strip_prefix('!') {
            Some(literal) => Piece::Literal(literal),
            None if is_variable(inner) => Piece::Variable(inner),
            None => return Err(SubstitutionError::Name),
        });
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.:".contains(c))
}

#[cfg(test)]
mod tests {
    use super::Piece::{Literal, Text, Variable};
    use super::*;

    fn check(text: &str, expected: Result<&[Piece<'_>], SubstitutionError>) {
        assert_eq!(
            pieces(text),
            expected.map(|pieces| pieces.iter().map(copy).collect()),
            "{text}"
        );
    }

    fn copy<'a>(piece: &Piece<'a>) -> Piece<'a> {
        match piece {
            Text(text) => Text(text),
            Literal(text) => Literal(text),
            Variable(text) => Variable(text),
        }
    }

    #[test]
    fn texts_are_taken_apart() {
        check("", Ok(&[]));
        check("plain $ text }", Ok(&[Text("plain $ text }")]));
        check("${A}", Ok(&[Variable("A")]));
        check(
            "a${A.B}c${AWS::Region}",
            Ok(&[Text("a"), Variable("A.B"), Text("c"), Variable("AWS::Region")]),
        );
        check("${!A}${!}", Ok(&[Literal("A"), Literal("")]));
        check("$${A}", Ok(&[Text("$"), Variable("A")]));
        check("/$default", Ok(&[Text("/$default")]));
    }

    #[test]
    fn what_is_no_variable_is_refused() {
        check("${", Err(SubstitutionError::Unterminated));
        check("a ${A", Err(SubstitutionError::Unterminated));
        check("${}", Err(SubstitutionError::Name));
        check("${ A }", Err(SubstitutionError::Name));
        check("${A:-b}", Err(SubstitutionError::Name));
    }
}
