"""Named formats, with the vectors of requirements 10.1 and 10.2."""

from datetime import date

import pytest

from service.forms.formats import id_check, is_cn_id, is_cn_mobile, is_uscc, uscc_check

TODAY = date(2026, 11, 23)
USCC = [
    "12210800MB0000001U",
    "52210800MJ00000016",
    "91210800MA0TETT01K",
    "91210800MA0TETT02N",
    "91210804MA0TETT03K",
    "91210881MA0TETT047",
    "91210882MA0TETT05Q",
    "91210800MA0TE00390",  # remainder 0
    "91350100M000100Y43",  # the example of the standard, with the check character that is right
]
IDS = [
    "11010519491231002X",  # published
    "210802198001010019",
    "210803197506150027",
    "21080219700101009X",
    "210881199002280037",
]
PRINTABLE = [chr(code) for code in range(32, 127)]


@pytest.mark.parametrize("code", USCC)
def test_a_credit_code_with_its_check_character_is_accepted(code):
    assert is_uscc(code)


@pytest.mark.parametrize("code", USCC)
def test_changing_any_single_character_of_a_credit_code_is_found(code):
    for at, right in enumerate(code):
        for wrong in PRINTABLE:
            assert wrong == right or not is_uscc(code[:at] + wrong + code[at + 1 :])


def test_the_outer_modulo_gives_zero_for_remainder_zero():
    assert uscc_check("91210800MA0TE0039") == "0"
    assert uscc_check("91350100M000100Y4") == "3"


@pytest.mark.parametrize("text", ["", "91350100M000100Y4", "91350100M000100Y4Z", "91210800MA0TETT01K\n", "9" * 19])
def test_other_texts_are_no_credit_codes(text):
    assert not is_uscc(text)


@pytest.mark.parametrize("number", IDS)
def test_an_identity_number_with_its_check_character_is_accepted(number):
    assert is_cn_id(number, TODAY)


@pytest.mark.parametrize("number", IDS)
def test_changing_any_single_character_of_an_identity_number_is_found(number):
    for at, right in enumerate(number):
        for wrong in PRINTABLE:
            assert wrong == right or not is_cn_id(number[:at] + wrong + number[at + 1 :], TODAY)


@pytest.mark.parametrize("born", ["20261124", "19900230", "19901301", "00000101"])
def test_a_birth_date_must_exist_and_not_lie_in_the_future(born):
    prefix = f"210802{born}001"

    assert not is_cn_id(prefix + id_check(prefix), TODAY)


def test_somebody_born_today_has_an_identity_number():
    prefix = "21080220261123001"

    assert is_cn_id(prefix + id_check(prefix), TODAY)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("13800138000", True),
        ("19912345678", True),
        ("12800138000", False),
        ("1380013800", False),
        ("１3800138000", False),
    ],
)
def test_mobile_numbers_have_eleven_digits_and_a_mobile_prefix(text, right):
    assert is_cn_mobile(text) is right
