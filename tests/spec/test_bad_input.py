"""A table of bad input: each ends in one clear problem, saying where, what is wrong and what would be right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from engine.errors import SpecError
from engine.spec.load import load_study

if TYPE_CHECKING:
    from tests.conftest import StudyFolder

STUDY, MODEL = "study.yaml", "model.yaml"
CONTROLLER, CONSULTANT = "calculations/controller.yaml", "calculations/consultant.yaml"
MORTALITY, PRICE_INDEX, SOURCES = "tables/mortality.csv", "tables/price_index.csv", "sources.csv"


class Bad(NamedTuple):
    name: str
    file: str
    """File that is spoilt."""
    old: str | None
    """What stands in the sound file; None: the whole file is replaced."""
    new: str | bytes
    place: str
    """Line and column; 0 where a whole file or line is meant."""
    points_at: str
    """What begins at that column."""
    where: str
    """Dotted place in the document."""
    words: tuple[str, ...]
    """What the message says."""
    path: str = ""
    """File that the problem is found in, where that is another one."""


# fmt: off
TABLE = (
    # how numbers are written
    Bad('decimal_comma', MODEL, '    value: 0.3\n', '    value: 0,3\n', '27:12', '0', 'parameters.find_work.value',
        ("'0,3' is text", 'write 0.3')),
    Bad('decimal_comma_between_braces', MODEL, 'value: 3, unit', 'value: 3,5, unit', '34:56', '5',
        'parameters.half_life', ("'3,5' between braces", 'write 3.5')),
    Bad('percent', MODEL, '    value: 0.3\n', '    value: 30 %\n', '27:12', '30', 'parameters.find_work.value',
        ("'30 %'", 'write 0.3')),
    Bad('percent_without_space', MODEL, '    value: 0.3\n', '    value: 30%\n', '27:12', '30%',
        'parameters.find_work.value', ("'30%'", 'write 0.3')),
    Bad('space_between_thousands', MODEL, 'value: 12000', 'value: 12 000', '36:39', '12', 'parameters.benefit.value',
        ("'12 000'", 'write 12000')),
    Bad('thousands_and_decimal_comma_between_braces', MODEL, 'value: 12000', 'value: 12 000,5', '36:46', '5',
        'parameters.benefit', ('write 12000.5',)),
    Bad('figure_with_its_currency', MODEL, 'value: 12000', 'value: 12000kr', '36:39', '12000kr',
        'parameters.benefit.value', ('write 12000', 'the unit belongs in `unit`')),
    Bad('number_in_quotes', MODEL, 'value: 12000', 'value: "12000"', '36:39', '"', 'parameters.benefit.value',
        ('write 12000 without quotes',)),
    Bad('leading_zero', MODEL, 'value: 12000', 'value: 0777', '36:39', '0777', 'parameters.benefit.value',
        ("'0777' begins with a zero", 'write 777')),
    Bad('infinite_value', MODEL, 'value: 12000', 'value: .inf', '36:39', '.inf', 'parameters.benefit.value',
        ('.inf', 'finite number')),
    Bad('not_a_number_value', MODEL, 'value: 12000', 'value: .NaN', '36:39', '.NaN', 'parameters.benefit.value',
        ('.NaN', 'finite number')),
    Bad('overflowing_value', MODEL, 'value: 12000', 'value: 1e400', '36:39', '1e400', 'parameters.benefit.value',
        ('1e400 is too large',)),
    Bad('huge_whole_number', STUDY, 'seed: 7', 'seed: 99999999999999999999', '8:7', '99999999999999999999', 'seed',
        ('too large a whole number',)),
    Bad('decimal_comma_in_expression', MODEL, '{probability: 0.1}', '{probability: "0,1"}', '59:37', '0',
        'transitions.outside.training_course.probability', ('write 0.1',)),
    Bad('percent_in_expression', MODEL, '{probability: 0.1}', '{probability: 10 %}', '59:36', '10',
        'transitions.outside.training_course.probability', ("'10 %' is not a number", 'write 0.1')),
    # YAML itself
    Bad('colon_in_plain_text', MODEL, 'title: Work or not', 'title: Work: or not', '1:12', ':', '',
        ("':'", 'quotes')),
    Bad('tab_as_indentation', MODEL, '  cycles: 10', '\tcycles: 10', '6:1', '\t', '',
        ('a tab', 'indent with spaces')),
    Bad('quote_never_closed', MODEL, 'title: Work or not', "title: 'Work or not", '1:8', "'", '',
        ('a quote is opened here and never closed',)),
    Bad('brace_never_closed', MODEL, '{label: State}\n', '{label: State\n', '15:14', '{', '',
        ("brace '{' opened here is not closed",)),
    Bad('bracket_never_closed', MODEL, 'payers: [state_tax]}\n', 'payers: [state_tax}\n', '18:60', '[', '',
        ("bracket '[' opened here is not closed",)),
    Bad('indentation_that_fits_nothing', MODEL, '  discount_rate: discount_rate', ' discount_rate: discount_rate',
        '10:2', 'discount_rate', '', ('indentation',)),
    Bad('duplicate_key', MODEL, '  outside: 1\n', '  outside: 1\n  outside: 2\n', '56:3', 'outside', 'start.outside',
        ("'outside' stands here and in line", 'keep one')),
    Bad('anchor', MODEL, 'title: Work or not', 'title: &t Work or not', '1:8', '&', 'title',
        ("anchor '&t'", 'not read', 'quotes')),
    Bad('alias', MODEL, 'uptake: 0.8', 'uptake: *t', '76:13', '*', 'strategies.coaching.uptake',
        ("alias '*t'", 'write the value out')),
    Bad('merge_key', MODEL, '  usual: {', '  usual: {<<: {}, ', '73:11', '<', 'strategies.usual',
        ("merge key '<<'",)),
    Bad('tag', MODEL, 'title: Work or not', 'title: !!python/object/apply:os.system [ls]', '1:8', '!', 'title',
        ('tag ', 'not read')),
    Bad('second_document', MODEL, 'payers:\n', '---\npayers:\n', '13:1', '---', '',
        ('second document', 'file of its own')),
    Bad('key_that_is_a_number', MODEL, '  usual: {', '  2024: {', '73:3', '2024', 'strategies',
        ("the key '2024' is read as a number", "'2024'")),
    Bad('key_that_is_a_truth_value', MODEL, '  usual: {', '  true: {', '73:3', 'true', 'strategies',
        ('read as a truth value',)),
    Bad('key_that_is_a_list', MODEL, '  usual: {', '  ? [a]\n  : {', '73:5', '[', 'strategies',
        ('a key must be text',)),
    Bad('invisible_character', MODEL, '    value: 0.3\n', '    value: 0.3\u200b\n', '27:15', '\u200b', '',
        ('U+200B', 'delete it')),
    Bad('text_direction_character', MODEL, 'title: Work or not', 'title: Work \u202eor not', '1:13', '\u202e', '',
        ('U+202E',)),
    Bad('escaped_control_character', MODEL, 'title: Work or not', 'title: "Work \\e[31m or not"', '1:8', '"', 'title',
        ('U+001B',)),
    Bad('empty_file', MODEL, None, '', '0:0', '', '', ('the file is empty',)),
    Bad('list_instead_of_keys', MODEL, None, '- 1\n', '1:1', '-', '', ('`key: value`',)),
    Bad('utf_16', MODEL, None, b'\xff\xfet\x00i\x00t\x00l\x00e\x00:\x00 \x00W\x00\xf6\x00r\x00k\x00\n\x00', '0:0', '',
        '', ('UTF-16', 'save it as UTF-8')),
    Bad('latin_1', MODEL, None, b'title: W\xf6rk\n', '1:9', 'örk', '',
        ('0xf6 is not UTF-8', 'save the file as UTF-8')),
    Bad('deep_nesting', MODEL, None, "a: " + "[" * 60 + "]" * 60, '1:53', '[', '', ('deeper than 50',)),
    # the shape of files
    Bad('unknown_key', MODEL, '    source: labour_survey\n', '    sorce: labour_survey\n', '30:5', 'sorce',
        'parameters.find_work.sorce',
        ("unknown key 'sorce'", "did you mean 'source'", 'Known: source, assumption, label')),
    Bad('unknown_key_from_an_unquoted_comma', MODEL, '{label: Outside}', '{label: Outside, looking for work}',
        '50:29', 'looking', 'states.outside.looking for work',
        ("unknown key 'looking for work'", 'text with commas is quoted')),
    Bad('parameter_without_a_value', MODEL, '    value: 0.3\n', '', '25:3', 'find_work', 'parameters.find_work',
        ("missing key 'value'",)),
    Bad('value_left_empty', MODEL, '    value: 0.3\n', '    value:\n', '27:11', '', 'parameters.find_work.value',
        ('expected a number, found nothing',)),
    Bad('word_that_is_not_allowed', MODEL, 'payer: state_tax, kind: resource', 'payer: state_tax, kind: resorce',
        '70:75', 'resorce', 'cost_items.course.kind',
        ("'resorce'", "did you mean 'resource'", 'Allowed: resource, transfer, production')),
    Bad('number_where_text_is_needed', MODEL, '{label: Outside}', '{label: 12}', '50:20', '12',
        'states.outside.label', ('expected text, found the number 12', "'12'")),
    Bad('list_where_text_is_needed', STUDY, 'headline: society', 'headline: [society]', '6:1', 'headline', 'headline',
        ('expected text, found a list',)),
    Bad('name_with_capital_and_space', MODEL, '  state_tax: {label: State}', '  State tax: {label: State}', '15:3',
        'State', 'payers.State tax', ("'State tax' is not a name", 'write state_tax')),
    Bad('negative_draws', STUDY, 'draws: 64', 'draws: -64', '7:8', '-64', 'draws',
        ('-64 is out of range', 'at least 1')),
    Bad('fractional_draws', STUDY, 'draws: 64', 'draws: 64.0', '7:8', '64.0', 'draws',
        ('expected a whole number', 'write 64')),
    Bad('draws_in_words', STUDY, 'draws: 64', 'draws: many', '7:8', 'many', 'draws', ("'many' is not a number",)),
    Bad('no_calculations', STUDY, '[calculations/controller.yaml, calculations/consultant.yaml]', '[]', '5:1',
        'calculations', 'calculations', ('at least 1 entry',)),
    Bad('unknown_design', STUDY, 'seed: 7', 'seed: 7\ndesign: sobl', '9:9', 'sobl', 'design',
        ("'sobl'", "did you mean 'sobol'")),
    Bad('two_kinds_of_transition', MODEL, '{probability: 0.1}', '{probability: 0.1, hazard: 0.2}', '59:5',
        'training_course', 'transitions.outside.training_course',
        ('exactly one of `probability`, `hazard`, `time_to_event`, `logit` or `rest: true`',)),
    Bad('rest_that_is_false', MODEL, '{rest: true}', '{rest: false}', '64:21', 'false',
        'transitions.training_course.outside.rest', ('only `true`',)),
    Bad('list_where_an_expression_is_needed', MODEL, 'amount: benefit_year', 'amount: [benefit_year]', '69:35',
        'amount', 'cost_items.assistance.amount', ('expected a number or an expression, found a list',)),
    Bad('cost_item_without_a_place', MODEL, ', state: outside}', '}', '69:3', 'assistance', 'cost_items.assistance',
        ('exactly one of `state`, `transition` or `strategy`',)),
    Bad('transfer_to_nobody', MODEL, 'kind: resource, state: outside', 'kind: transfer, state: outside', '69:3',
        'assistance', 'cost_items.assistance', ('needs `to`',)),
    Bad('effect_without_ratio', MODEL, 'hazard_ratio: hr_work, ', '', '78:9', '{', 'strategies.coaching.effects[0]',
        ('exactly one of `hazard_ratio`',)),
    # file names
    Bad('missing_model_file', STUDY, 'model: model.yaml', 'model: modl.yaml', '4:8', 'modl.yaml', 'model',
        ("no file 'modl.yaml'", "did you mean 'model.yaml'")),
    Bad('absolute_file_name', STUDY, 'model: model.yaml', 'model: /etc/passwd', '4:8', '/', 'model',
        ("not inside the study's folder",)),
    Bad('file_name_that_climbs_out', STUDY, 'model: model.yaml', 'model: ../../small/model.yaml', '4:8', '..', 'model',
        ("climbs out of the folder that holds",)),
    Bad('windows_file_name', STUDY, 'calculations/controller.yaml,', 'calculations\\controller.yaml,', '5:16',
        'calculations', 'calculations[0]', ("written with '/'",)),
    Bad('folder_instead_of_file', STUDY, 'model: model.yaml', 'model: tables', '4:8', 'tables', 'model',
        ('is a folder',)),
    Bad('calculation_listed_twice', STUDY, 'calculations/consultant.yaml]', 'calculations/controller.yaml]', '5:46',
        'calculations', 'calculations[1]', ('listed twice',)),
    # CSV files
    Bad('decimal_comma_in_a_table', MORTALITY, '30,0.002,0.001', '30,0,002,0,001', '3:1', '30', '',
        ('5 cells, but the header has 3', 'decimals take a point')),
    Bad('quoted_decimal_comma_in_a_table', MORTALITY, '0.002,0.001', '"0,002",0.001', '3:4', '"', '',
        ("'0,002'", 'write 0.002')),
    Bad('empty_cell_in_a_table', MORTALITY, '30,0.002,0.001', '30,,0.001', '3:4', ',', '', ('men: an empty cell',)),
    Bad('falling_key_in_a_table', MORTALITY, '40,0.004', '25,0.004', '4:1', '25', '',
        ('age 25 after 30', 'must rise')),
    Bad('semicolons_in_a_table', MORTALITY, None, 'age;men;women\n20;0,1;0,1\n', '1:1', 'age', '',
        ('semicolons', 'commas between cells')),
    Bad('column_twice_in_a_table', MORTALITY, 'age,men,women', 'age,men,men', '1:9', 'men', '',
        ("column 'men' stands twice",)),
    Bad('key_column_not_in_the_table', MODEL, 'key: age', 'key: alder', '1:1', 'age', '', ("no column 'alder'",),
        path=MORTALITY),
    Bad('header_only_table', MORTALITY, None, 'age,men,women\n', '1:0', '', '', ('only a header',)),
    Bad('price_index_without_index', PRICE_INDEX, 'year,index', 'year,cpi', '1:1', 'year', '',
        ('missing column index',)),
    Bad('negative_price_index', PRICE_INDEX, '2022,380', '2022,-380', '3:6', '-380', '', ('above 0',)),
    Bad('source_twice', SOURCES, 'labour_survey,', 'labour_survey,a,b,c,d,e,f,g,h,i,,k\nlabour_survey,', '3:1',
        'labour_survey', '', ("'labour_survey' stands here and in line 2",)),
    Bad('source_with_a_script_for_address', SOURCES, 'https://www.scb.se', 'javascript:alert(1)', '2:81',
        'javascript', '', ('https://',)),
    # names and references
    Bad('parameter_named_like_a_function', MODEL, '  half_life: {',
        '  step: {label: Step, value: 1, unit: years, assumption: No.}\n  half_life: {', '34:3', 'step',
        'parameters.step', ("'step' is a function already",)),
    Bad('parameter_named_like_the_clock', MODEL, '  half_life: {',
        '  age: {label: Age, value: 1, unit: years, assumption: No.}\n  half_life: {', '34:3', 'age',
        'parameters.age', ("'age' is the clock of the model already",)),
    Bad('definition_named_like_a_parameter', MODEL, 'definitions:\n',
        'definitions:\n  coach: {label: Coach, value: 1}\n', '46:3', 'coach', 'definitions.coach',
        ("'coach' stands under `parameters` too",)),
    Bad('state_called_any', MODEL, '  dead: {label: Dead}\n', '  dead: {label: Dead}\n  any: {label: Any}\n', '54:3',
        'any', 'states.any', ("'any' means every state",)),
    Bad('unknown_payer', MODEL, 'payer: state_tax', 'payer: state_taxes', '70:58', 'state_taxes',
        'cost_items.course.payer',
        ("no payer 'state_taxes'", "did you mean 'state_tax'", 'Payers: municipality, state_tax')),
    Bad('perspective_as_payer', MODEL, 'payer: state_tax', 'payer: society', '70:58', 'society',
        'cost_items.course.payer', ('is a perspective', 'municipality, state_tax')),
    Bad('unknown_payer_in_a_perspective', MODEL, 'payers: [municipality]', 'payers: [municipalty]', '17:49',
        'municipalty', 'perspectives.municipal.payers[0]', ("no payer 'municipalty'", "did you mean 'municipality'")),
    Bad('perspective_that_contains_itself', MODEL, 'includes: [municipal]', 'includes: [society]', '18:29',
        'includes', 'perspectives.society.includes', ("'society' includes itself",)),
    Bad('party_called_reported', MODEL, '  state_tax: {label: State}',
        '  state_tax: {label: State}\n  reported: {label: R}', '16:3', 'reported', 'payers.reported',
        ("'reported' stands for",)),
    Bad('undeclared_theme', MODEL, 'theme: effect,\n', 'theme: efect,\n', '32:103', 'efect',
        'parameters.hr_work.theme', ("no theme 'efect'", "did you mean 'effect'", 'declared under `themes`')),
    Bad('unknown_default_of_a_choice', MODEL, 'default: never', 'default: nevr', '44:14', 'nevr',
        'choices.fade_form.default', ("no alternative 'nevr'", "did you mean 'never'")),
    Bad('no_baseline', MODEL, 'baseline: true', 'baseline: false', '72:1', 'strategies', 'strategies',
        ('no baseline',)),
    # quantities
    Bad('unit_without_a_per', MODEL, 'unit: SEK/month', 'unit: SEK', '36:52', 'SEK', 'parameters.benefit.unit',
        ("'SEK' lacks a per", 'SEK/person-year')),
    Bad('unknown_unit', MODEL, 'unit: rate/year', 'unit: per year', '24:60', 'per', 'parameters.discount_rate.unit',
        ("no unit 'per year'", "did you mean 'rate/year'")),
    Bad('money_without_price_year', MODEL, 'unit: SEK/month, price_year: 2021', 'unit: SEK/month', '36:3', 'benefit',
        'parameters.benefit', ("missing key 'price_year'",)),
    Bad('price_year_without_money', MODEL, 'unit: years, assumption: Chosen.',
        'unit: years, price_year: 2023, assumption: Chosen.', '23:64', '2023', 'parameters.horizon.price_year',
        ('belongs to money',)),
    Bad('price_year_beyond_the_index', MODEL, 'price_year: 2021', 'price_year: 2019', '36:75', '2019',
        'parameters.benefit.price_year', ("2019 is not in 'tables/price_index.csv'", '2021 to 2023')),
    Bad('price_year_without_an_index', MODEL, 'price_index: tables/price_index.csv\n', '', '35:75', '2021',
        'parameters.benefit.price_year', ('prices of 2021', '`price_index`')),
    Bad('model_price_year_beyond_the_index', MODEL, 'title: Work or not\nprice_year: 2023',
        'title: Work or not\nprice_year: 2024', '2:13', '2024', 'price_year',
        ("2024 is not in 'tables/price_index.csv'", '2021 to 2023')),
    Bad('figure_without_origin', MODEL, ', assumption: Budget.}', '}', '35:3', 'coach', 'parameters.coach',
        ('no origin', '`source`', '`assumption`')),
    Bad('unknown_source', MODEL, 'theme: prices, source: labour_survey', 'theme: prices, source: labor_survey',
        '36:104', 'labor_survey', 'parameters.benefit.source',
        ("no source 'labor_survey'", "did you mean 'labour_survey'")),
    Bad('value_beyond_its_unit', MODEL, '    value: 0.3\n', '    value: 30\n', '27:12', '30',
        'parameters.find_work.value', ('30 is out of range', '`probability` means 0 to 1', 'write 0.3')),
    Bad('law_beyond_its_unit', MODEL, 'beta(mean=0.3, sd=0.05)', 'normal(0.3, 0.05)', '28:11', 'normal',
        'parameters.find_work.dist',
        ('can give any number', '`probability` means 0 to 1',
         'write beta(mean=0.3, sd=0.05) or uniform(0.213, 0.387)')),
    Bad('impossible_moments', MODEL, 'beta(mean=0.3, sd=0.05)', 'beta(mean=0.3, sd=0.9)', '28:29', '0.9',
        'parameters.find_work.dist', ('0.9',)),
    Bad('unknown_law', MODEL, '"lognormal(mean', '"lognormall(mean', '32:53', 'lognormall', 'parameters.hr_work.dist',
        ("unknown law 'lognormall'", 'lognormal')),
    Bad('law_from_an_unknown_column', MODEL, 'beta(mean=0.3, sd=0.05)', 'empirical(mortality, boys)', '28:21',
        'mortality', 'parameters.find_work.dist', ("no column 'boys'", 'men, women')),
    # expressions
    Bad('unknown_name', MODEL, 'value: benefit * 12', 'value: 12 * benfit', '46:56', 'benfit',
        'definitions.benefit_year.value', ("unknown name 'benfit'", "'benefit'")),
    Bad('unknown_function', MODEL, 'value: benefit * 12', 'value: benefit * sqroot(12)', '46:61', 'sqroot',
        'definitions.benefit_year.value', ("'sqroot'", 'sqrt')),
    Bad('wrong_number_of_arguments', MODEL, 'value: benefit * 12', 'value: "clip(benefit, 0)"', '46:52', 'clip',
        'definitions.benefit_year.value', ('clip takes 3 arguments, not 2',)),
    Bad('bracket_never_closed_in_an_expression', MODEL, 'value: benefit * 12', 'value: benefit * (12 + 1', '46:61',
        '(', 'definitions.benefit_year.value', ('never closed',)),
    Bad('number_where_a_condition_is_needed', MODEL, 'require: half_life <= 20', 'require: half_life + 20', '80:25',
        '+', 'constraints[0].require', ('a condition',)),
    Bad('table_column_left_out', MODEL, 'hazard: 0.1}', 'hazard: mortality(age)}', '66:23', 'mortality',
        'transitions.employed.outside.hazard', ('men, women',)),
    Bad('circular_definition', MODEL, 'definitions:\n',
        'definitions:\n  a: {label: A, value: b + 1}\n  b: {label: B, value: 2 * a}\n', '46:24', 'b',
        'definitions.a.value', ('circular definition: a -> b -> a',)),
    Bad('clock_in_a_constant', MODEL, '  horizon: horizon', '  horizon: 40 - age', '9:17', 'age', 'time.horizon',
        ("'age' changes over time", '`horizon` is fixed')),
    Bad('fade_out_outside_an_effect', MODEL, 'amount: training * 200', 'amount: training * step(3)', '70:46', 'step',
        'cost_items.course.amount', ("'step()' fades", '`fade` only')),
    Bad('fade_out_outside_an_effect_through_a_choice', MODEL, 'uptake: 0.8', 'uptake: 0.8 * fade_form', '76:19',
        'fade_form', 'strategies.coaching.uptake', ('fade_form -> exponential()', '`fade` only')),
    Bad('unknown_word_for_timing', MODEL, 'discount_timing: mid', 'discount_timing: middle', '11:20', 'middle',
        'time.discount_timing', ("'middle' is not known", "did you mean 'mid'", 'start, mid, end')),
    # states, transitions, effects and cost items
    Bad('start_shares_that_do_not_add_up', MODEL, '  outside: 1\n', '  outside: 0.6\n  employed: 0.3\n', '54:1',
        'start', 'start', ('add up to 0.9', 'must add up to 1')),
    Bad('start_in_an_unknown_state', MODEL, '  outside: 1\n', '  outsid: 1\n', '55:3', 'outsid', 'start.outsid',
        ("no state 'outsid'", "did you mean 'outside'")),
    Bad('row_of_probabilities_over_1', MODEL, '{probability: "mortality(age, women)"}', '{probability: 0.75}', '61:3',
        'training_course', 'transitions.training_course',
        ('a row of probabilities over 1: employed 0.5 + dead 0.75 = 1.25', 'hazards')),
    Bad('row_over_1_at_some_age', MODEL, '{probability: 0.5}', '{probability: 0.995 + cycle / 1000}', '61:3',
        'training_course', 'transitions.training_course', ('a row of probabilities over 1', 'at age 25 (cycle 5)')),
    Bad('probability_over_1', MODEL, '{probability: 0.5}', '{probability: 1.5}', '62:29', '1.5',
        'transitions.training_course.employed.probability', ('1.5 is no probability',)),
    Bad('negative_hazard', MODEL, 'hazard: 0.1}', 'hazard: -0.1}', '66:23', '-0.1',
        'transitions.employed.outside.hazard', ('-0.1 is no rate',)),
    Bad('transition_to_itself', MODEL, '    outside: {hazard: 0.1}', '    employed: {hazard: 0.1}', '66:5',
        'employed', 'transitions.employed.employed', ('cannot be left for itself',)),
    Bad('transition_to_an_unknown_state', MODEL, '    outside: {hazard: 0.1}', '    outsid: {hazard: 0.1}', '66:5',
        'outsid', 'transitions.employed.outsid', ("no state 'outsid'",)),
    Bad('two_rests_in_a_row', MODEL, '    employed: {probability: 0.5}\n', '    employed: {rest: true}\n', '64:5',
        'outside', 'transitions.training_course.outside', ('two targets take the rest',)),
    Bad('empty_row', MODEL, 'cost_items:\n', '  dead: {}\ncost_items:\n', '68:3', 'dead', 'transitions.dead',
        ('an empty row',)),
    Bad('row_of_an_unknown_state', MODEL, 'cost_items:\n', '  died: {outside: {probability: 0.5}}\ncost_items:\n',
        '68:3', 'died', 'transitions.died', ("no state 'died'", "did you mean 'dead'")),
    Bad('effect_on_no_transition', MODEL, 'on: outside -> employed', 'on: outside -> employd', '78:25', 'employd',
        'strategies.coaching.effects[0].on', ("no state 'employd'", "did you mean 'employed'")),
    Bad('effect_on_a_missing_transition', MODEL, 'on: outside -> employed', 'on: employed -> training_course',
        '78:26', 'training_course', 'strategies.coaching.effects[0].on',
        ("no transition 'employed -> training_course'", "From 'employed': outside, dead")),
    Bad('effect_without_an_arrow', MODEL, 'on: outside -> employed', 'on: outside to employed', '78:14', 'outside',
        'strategies.coaching.effects[0].on', ('from -> to',)),
    Bad('effect_on_the_rest', MODEL, 'on: outside -> employed', 'on: training_course -> outside', '78:33', 'outside',
        'strategies.coaching.effects[0].on', ('takes the rest of its row',)),
    Bad('effect_on_hazards_and_probabilities', MODEL, 'on: outside -> employed', 'on: "outside -> employed, dead"',
        '78:26', 'employed', 'strategies.coaching.effects[0].on',
        ("'dead' is a hazard and 'employed' a probability",)),
    Bad('odds_ratio_on_a_hazard', MODEL, 'on: outside -> employed, hazard_ratio: hr_work',
        'on: employed -> outside, odds_ratio: hr_work', '78:35', 'odds_ratio',
        'strategies.coaching.effects[0].odds_ratio', ('`odds_ratio` changes probabilities', 'write `hazard_ratio`')),
    Bad('any_state_without_such_a_transition', MODEL, 'on: outside -> employed',
        'on: "any -> training_course, outside"', '78:22', 'training_course', 'strategies.coaching.effects[0].on',
        ("no state has a transition to 'training_course' and 'outside'",)),
    Bad('any_among_other_states', MODEL, 'on: outside -> employed', 'on: "any, outside -> employed"', '78:15', 'any',
        'strategies.coaching.effects[0].on', ('`any` stands alone',)),
    Bad('cost_at_several_transitions_of_which_one_is_missing', MODEL, 'kind: resource, state: outside',
        'kind: resource, transition: "employed, dead -> outside"', '69:125', 'outside',
        'cost_items.assistance.transition', ("no transition 'dead -> outside'",)),
    Bad('cost_at_any_among_other_states', MODEL, 'kind: resource, state: outside',
        'kind: resource, transition: "any, employed -> dead"', '69:107', 'any', 'cost_items.assistance.transition',
        ('`any` stands alone',)),
    Bad('cost_at_a_transition_to_an_unknown_state', MODEL, 'kind: resource, state: outside',
        'kind: resource, transition: any -> old', '69:113', 'old',
        'cost_items.assistance.transition', ("no state 'old'",)),
    Bad('cost_in_an_unknown_state', MODEL, 'state: [training_course]', 'state: [outside, traning_course]', '70:102',
        'traning_course', 'cost_items.course.state[1]',
        ("no state 'traning_course'", "did you mean 'training_course'")),
    Bad('cost_at_a_missing_transition', MODEL, 'kind: resource, state: outside',
        'kind: resource, transition: dead -> outside', '69:114', 'outside', 'cost_items.assistance.transition',
        ("no transition 'dead -> outside'",)),
    Bad('cost_after_the_end', MODEL, 'strategy: coaching}', 'strategy: coaching, year: 10}', '71:103', '10',
        'cost_items.coach.year', ('year 10 lies beyond the 10 years',)),
    Bad('monthly_money_as_yearly', MODEL, 'amount: benefit_year', 'amount: benefit', '69:43', 'benefit',
        'cost_items.assistance.amount', ('SEK/month', 'write benefit * 12')),
    Bad('daily_money_as_yearly', MODEL, 'amount: training * 200', 'amount: training', '70:35', 'training',
        'cost_items.course.amount', ('SEK/day', 'write training * 365')),
    Bad('participant_money_as_yearly', MODEL, 'amount: benefit_year', 'amount: coach', '69:43', 'coach',
        'cost_items.assistance.amount', ('SEK/participant', 'SEK/person-year')),
    # calculations and what is run
    Bad('overriding_something_that_does_not_exist', CONTROLLER, '  horizon: {', '  horizn: {', '7:3', 'horizn',
        'assumptions.horizn', ("no parameter or choice 'horizn'", "did you mean 'horizon'")),
    Bad('overriding_a_definition', CONTROLLER, '  horizon: {', '  benefit_year: {', '7:3', 'benefit_year',
        'assumptions.benefit_year', ('is a definition', 'benefit * 12')),
    Bad('value_for_a_choice', CONTROLLER, 'choose: slowly', 'value: 3', '8:15', 'value',
        'assumptions.fade_form.value', ('is a choice', 'never, slowly')),
    Bad('choice_of_a_parameter', CONTROLLER, 'value: 5', 'choose: five', '7:13', 'choose',
        'assumptions.horizon.choose', ('is a parameter',)),
    Bad('unknown_alternative', CONTROLLER, 'choose: slowly', 'choose: slow', '8:23', 'slow',
        'assumptions.fade_form.choose', ("no alternative 'slow'", "did you mean 'slowly'")),
    Bad('assumption_beyond_its_unit', CONTROLLER, 'value: 5', 'value: -5', '7:20', '-5', 'assumptions.horizon.value',
        ('-5 is out of range', '`years` means 0 or more')),
    Bad('assumption_without_a_reason', CONTROLLER, ', why: Effects fade.', '', '8:3', 'fade_form',
        'assumptions.fade_form', ("missing key 'why'",)),
    Bad('unknown_perspective_of_a_calculation', CONTROLLER, 'perspective: municipal', 'perspective: municpal', '5:14',
        'municpal', 'perspective', ("no perspective 'municpal'", "did you mean 'municipal'")),
    Bad('unknown_headline', STUDY, 'headline: society', 'headline: societies', '6:11', 'societies', 'headline',
        ("no perspective 'societies'", "did you mean 'society'")),
    Bad('unknown_calculation_in_an_analysis', STUDY, 'calculations: [controller]', 'calculations: [controler]',
        '10:36', 'controler', 'sensitivity[0].calculations[0]', ("no calculation 'controler'",)),
    Bad('analysis_size_that_is_no_power_of_two', STUDY, 'n: 64', 'n: 100', '10:52', '100', 'sensitivity[0].n',
        ('100 is not a power of two', '64 or 128')),
    # what a run would refuse in every draw, and what has no part in it
    Bad('horizon_beyond_what_is_simulated', CONTROLLER, 'value: 5', 'value: 11', '7:20', '11',
        'assumptions.horizon.value', ('a horizon of 11 years', 'write 0 to 10')),
    Bad('horizon_of_the_model_beyond_what_is_simulated', MODEL, 'label: Horizon, value: 8',
        'label: Horizon, value: 12', '23:36', '12', 'parameters.horizon.value',
        ('a horizon of 12 years', '(in consultant)')),
    Bad('horizon_written_as_a_number', MODEL, '  horizon: horizon', '  horizon: horizon + 4', '9:12', 'horizon',
        'time.horizon', ('a horizon of 12 years', '(in consultant)')),
    Bad('discount_rate_in_per_cent', MODEL, 'value: 0.03', 'value: 3', '24:48', '3',
        'parameters.discount_rate.value', ('3 is 300 % a year', 'write 0.03 for 3 %')),
    Bad('discount_rate_below_minus_one', MODEL, 'discount_rate: discount_rate', 'discount_rate: discount_rate - 2',
        '10:18', 'discount_rate', 'time.discount_rate', ('must be above -1', '0.03 for 3 %')),
    Bad('uptake_over_1', MODEL, 'uptake: 0.8', 'uptake: 80', '76:13', '80', 'strategies.coaching.uptake',
        ('80 is no share', 'write 0.8 for 80 %')),
    Bad('uptake_over_1_at_point_values', MODEL, 'uptake: 0.8', 'uptake: 3.5 * find_work', '76:13', '3.5',
        'strategies.coaching.uptake', ('1.05 is no share',)),
    Bad('deadweight_below_0', MODEL, 'uptake: 0.8', 'deadweight: -0.1', '76:17', '-0.1',
        'strategies.coaching.deadweight', ('-0.1 is no share',)),
    Bad('displacement_over_1', MODEL, 'amount: benefit_year,', 'amount: benefit_year, displacement: 0.2 * time,',
        '69:71', '0.2', 'cost_items.assistance.displacement', ('1.2 is no share at age 26',)),
    Bad('fade_over_1', MODEL, 'fade: fade_form', 'fade: 1.5 * fade_form', '78:64', '1.5',
        'strategies.coaching.effects[0].fade', ('1.5 of an effect is left', '0 to 1')),
    Bad('constant_fade_over_1_of_a_late_effect', MODEL, 'fade: fade_form',
        'fade: fade_form}\n      - {on: outside -> employed, hazard_ratio: 2, fade: 1.5, start: 2', '79:58', '1.5',
        'strategies.coaching.effects[1].fade', ('1.5 of an effect is left; that must',)),
    Bad('fade_below_0_in_time', MODEL, 'fade: fade_form', 'fade: fade_form - time / 5', '78:64', 'fade_form',
        'strategies.coaching.effects[0].fade', ('-0.1 of an effect is left 3 years after its start',)),
    Bad('negative_ratio', MODEL, 'hazard_ratio: hr_work', 'hazard_ratio: -hr_work', '78:49', '-hr_work',
        'strategies.coaching.effects[0].hazard_ratio', ('a ratio of -1.4', '0 or more')),
    Bad('start_shares_of_parameters_that_do_not_add_up', MODEL, '  outside: 1\n',
        '  outside: 0.6\n  employed: find_work\n', '54:1', 'start', 'start',
        ('add up to 0.9', 'outside 0.6 + employed 0.3')),
    Bad('start_share_below_0', MODEL, '  outside: 1\n', '  outside: 1 - 4 * find_work\n  employed: 4 * find_work\n',
        '55:12', '1', 'start.outside', ('-0.2 is no share',)),
    Bad('constraint_broken_by_a_calculation', CONTROLLER, 'assumptions:\n',
        'assumptions:\n  half_life: {value: 25, why: Long.}\n', '7:22', '25', 'assumptions.half_life.value',
        ('breaks `half_life <= 20` with half_life = 25', 'Longer than anybody')),
    Bad('rate_that_depends_on_parameters_below_0', MODEL, 'outside: {hazard: 0.1}',
        'outside: {hazard: find_work / cycle_length - 0.4}', '66:23', 'find_work',
        'transitions.employed.outside.hazard', ('-0.1 is no rate at age 20',)),
    Bad('too_few_draws_for_the_design', STUDY, 'draws: 64', 'draws: 8', '7:8', '8', 'draws',
        ('8 draws', 'at least 16', '`design: monte_carlo`')),
    Bad('tornado_size_that_is_no_power_of_two', STUDY, 'method: sobol, calculations: [controller], n: 64',
        'method: oneway, n: 100', '10:25', '100', 'sensitivity[0].n', ('which `oneway` needs', '64 or 128')),
    Bad('analysis_that_is_too_small', STUDY, 'method: sobol, calculations: [controller], n: 64',
        'method: prim, n: 100', '10:23', '100', 'sensitivity[0].n', ('100 is too few', '`prim` needs at least 200')),
    Bad('point_between_thousands', MODEL, 'value: 12000', 'value: 12.000', '36:39', '12.000',
        'parameters.benefit.value', ('12.000 is 12', 'write 12000 or 12_000')),
    Bad('point_between_thousands_in_a_law', MODEL, 'value: 12000,',
        'value: 12000, dist: "gamma(mean=12.000, sd=3.000)",', '36:64', '12.000', 'parameters.benefit.dist',
        ('12.000 is 12', 'write 12000 or 12_000')),
    Bad('law_of_a_ratio_on_a_probability', MODEL, 'beta(mean=0.3, sd=0.05)', 'lognormal(mean=1.3, sd=0.05)', '28:11',
        'lognormal(mean=1.3', 'parameters.find_work.dist',
        ('`probability` means 0 to 1', 'a beta such as', 'a uniform within 0 to 1')),
    Bad('value_outside_its_law', MODEL, '    value: 0.3\n    dist: beta(mean=0.3, sd=0.05)',
        '    value: 0.3\n    dist: uniform(0.4, 0.6)', '27:12', '0.3', 'parameters.find_work.value',
        ('the law gives 0.4 to 0.6', '0.3 lies outside')),
    Bad('law_without_a_value_of_its_own_away_from_the_model_s', CONTROLLER, 'value: 5', 'dist: "uniform(2, 4)"',
        '7:19', '"uniform(2', 'assumptions.horizon.dist',
        ('the law gives 2 to 4', "the model's value", '8 lies outside')),
    Bad('payer_in_no_perspective', MODEL, '  state_tax: {label: State}',
        '  state_tax: {label: State}\n  victims: {label: Victims}', '16:3', 'victims', 'payers.victims',
        ("no perspective counts 'victims'", 'widest')),
    Bad('parameter_that_nothing_uses', MODEL, 'parameters:\n',
        'parameters:\n  spare: {label: Spare, value: 1, unit: count, assumption: A.}\n', '23:3', 'spare',
        'parameters.spare', ('nothing uses it; remove it',)),
    Bad('two_payers_with_one_label', MODEL, '{label: State}', '{label: Municipality}', '15:22', 'Municipality',
        'payers.state_tax.label', ("is the label of 'municipality' too",)),
    Bad('two_strategies_with_one_label', MODEL, 'usual: {label: No coach', 'usual: {label: A coach', '75:12', 'A',
        'strategies.coaching.label', ("is the label of 'usual' too",)),
    Bad('two_calculations_with_one_label', CONSULTANT, 'label: Consultant', 'label: Controller', '2:8', 'Controller',
        'label', ("is the label in 'calculations/controller.yaml' too",)),
    Bad('price_year_in_a_calculation', CONSULTANT, 'hr_work: {value: 1.8,',
        'hr_work: {price_year: 2020, value: 1.8,', '7:13', 'price_year', 'assumptions.hr_work.price_year',
        ("`price_year` is the model's", 'unit and price year', 'convert the figure first')),
    Bad('unit_in_a_calculation', CONSULTANT, 'hr_work: {value: 1.8,', 'hr_work: {unit: ratio, value: 1.8,', '7:13',
        'unit', 'assumptions.hr_work.unit', ("`unit` is the model's", 'unit and price year')),
    Bad('bundle_named_like_a_parameter_outside_it', MODEL, '  half_life: {', '  half_life: {bundle: coach, ',
        '34:23', 'coach', 'parameters.half_life.bundle', ("'coach' is the name of a parameter", 'another name')),
    Bad('strategy_that_changes_nothing', MODEL, '  coaching:\n', '  leaflet: {label: A leaflet}\n  coaching:\n',
        '74:3', 'leaflet', 'strategies.leaflet', ("'leaflet' has no effects", 'no cost item names it')),
    Bad('start_share_over_1_in_percent', MODEL, '  outside: 1\n', '  outside: 100\n', '55:12', '100',
        'start.outside', ('100 is no share',)),
)
# fmt: on


@pytest.mark.parametrize("bad", TABLE, ids=[bad.name for bad in TABLE])
def test_bad_input_is_told_once_with_place_and_remedy(study: StudyFolder, bad: Bad) -> None:
    told_once(study, bad)


def told_once(study: StudyFolder, bad: Bad) -> None:
    """One problem, at the place and in the words of the row."""
    if bad.old is None:
        study.write(bad.file, bad.new)
    else:
        assert isinstance(bad.new, str)
        study.patch(bad.file, bad.old, bad.new)
    problem = study.problem()
    assert problem.path == str(study.folder / (bad.path or bad.file))
    assert f"{problem.line}:{problem.column}" == bad.place
    assert problem.where == bad.where
    for words in bad.words:
        assert words in problem.message
    line = (study.folder / (bad.path or bad.file)).read_bytes().decode("latin-1").split("\n")[problem.line - 1]
    if problem.column and line.isascii():
        assert line[problem.column - 1 :].startswith(bad.points_at)
    # No word of the libraries beneath, nothing that would run over into the next line.
    assert "pydantic" not in problem.message
    assert "http://" not in problem.message.replace("https://, http://", "")
    assert "\n" not in problem.message


def test_the_table_is_large_enough() -> None:
    assert len(TABLE) >= 45
    assert len({bad.name for bad in TABLE}) == len(TABLE)


def test_all_problems_of_all_files_are_told_at_once(study: StudyFolder) -> None:
    study.patch("study.yaml", "draws: 64", "draws: -1")
    study.patch("model.yaml", "    value: 0.3\n", "    value: 0,3\n")
    study.patch("model.yaml", "payer: state_tax, kind: resource", "payer: state_tax, kind: resorce")
    study.patch("calculations/controller.yaml", ", why: Effects fade.", "")
    study.patch("calculations/consultant.yaml", "role: Consultant", "rule: Consultant")
    study.patch("tables/mortality.csv", "0.002,0.001", "0.002,x")
    study.patch("sources.csv", "https:", "file:")
    told = [(Path(p.path).name, p.where) for p in study.problems()]
    assert told == [
        ("consultant.yaml", ""),
        ("consultant.yaml", "rule"),
        ("controller.yaml", "assumptions.fade_form"),
        ("model.yaml", "parameters.find_work.value"),
        ("model.yaml", "cost_items.course.kind"),
        ("sources.csv", ""),
        ("study.yaml", "draws"),
        ("mortality.csv", ""),
    ]


def test_all_problems_of_meaning_are_told_at_once(study: StudyFolder) -> None:
    study.patch("model.yaml", "amount: benefit_year", "amount: benfit_year")
    study.patch("model.yaml", "payer: state_tax", "payer: state_taxes")
    study.patch("calculations/controller.yaml", "choose: slowly", "choose: slow")
    study.patch("study.yaml", "headline: society", "headline: societies")
    assert [p.where for p in study.problems()] == [
        "assumptions.fade_form.choose",
        "cost_items.assistance.amount",
        "cost_items.course.payer",
        "headline",
    ]


def test_expression_with_commas_between_braces_is_told_once(study: StudyFolder) -> None:
    study.patch("model.yaml", "fade: fade_form", "fade: where(age < 25, linear(half_life), 0)")
    problem = study.problem()
    assert "unknown key 'linear(half_life)': between braces a comma ends an entry" in problem.message
    assert "text with commas is quoted" in problem.message


def test_perspectives_that_contain_one_another_are_both_told(study: StudyFolder) -> None:
    study.patch("model.yaml", "payers: [municipality]}", "payers: [municipality], includes: [society]}")
    first, second = study.problems()
    assert "'municipal' includes 'society', which includes it" in first.message
    assert "'society' includes 'municipal', which includes it" in second.message


def test_perspective_named_like_a_payer_is_told(study: StudyFolder) -> None:
    study.patch("model.yaml", "  municipal: {label", "  municipality: {label")
    assert any("'municipality' is a payer too" in p.message for p in study.problems())


def test_second_baseline_with_effects_is_two_problems(study: StudyFolder) -> None:
    study.patch("model.yaml", "    label: A coach\n", "    label: A coach\n    baseline: true\n")
    baseline, effects = study.problems()
    assert (baseline.where, effects.where) == ("strategies.coaching.baseline", "strategies.coaching.effects")
    assert "a second baseline beside 'usual'" in baseline.message
    assert "has no effects" in effects.message


def test_calculations_of_the_same_name_are_told(study: StudyFolder) -> None:
    study.patch("calculations/controller.yaml", "calculation: controller", "calculation: consultant")
    problem = study.problems()[0]
    assert problem.path.endswith("consultant.yaml")
    assert "'consultant' is the name of the calculation in 'calculations/controller.yaml' too" in problem.message


def test_clock_reaches_a_constant_through_definitions(study: StudyFolder) -> None:
    later = "definitions:\n  later: {label: L, value: age / 100}\n  half: {label: H, value: later / 2}\n"
    study.patch("model.yaml", "definitions:\n", later)
    study.patch("model.yaml", "uptake: 0.8", "uptake: half")
    problem = study.problem()
    assert problem.where == "strategies.coaching.uptake"
    assert "'half' (half -> later -> age) changes over time" in problem.message


def test_circle_through_a_choice_is_told_once(study: StudyFolder) -> None:
    study.patch("model.yaml", "value: benefit * 12", "value: benefit * fade_form")
    study.patch("model.yaml", "value: exponential(half_life)", "value: exponential(half_life) * benefit_year")
    assert "fade_form -> benefit_year -> fade_form" in study.problem().message


def test_a_very_long_chain_of_definitions_is_refused_and_does_not_crash(study: StudyFolder) -> None:
    chain = "".join(f"  d{i}: {{label: D, value: d{i + 1} + 1}}\n" for i in range(3000))
    study.patch("model.yaml", "definitions:\n", f"definitions:\n{chain}  d3000: {{label: D, value: 1}}\n")
    assert "chain of more than 50 names" in study.problem().message


@pytest.mark.parametrize(
    "hostile", ["__import__('os').system('x')", "().__class__", "lambda: 1", "open('/etc/passwd')"]
)
def test_python_in_an_expression_is_only_a_mistake(study: StudyFolder, hostile: str) -> None:
    study.patch("model.yaml", "amount: benefit_year", f'amount: "{hostile}"')
    assert study.problem().where == "cost_items.assistance.amount"


def test_alias_bomb_ends_at_once(study: StudyFolder) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 20)]
    study.write("model.yaml", "\n".join(lines))
    assert "a small file could unfold to gigabytes" in " ".join(p.message for p in study.problems())


def test_too_large_a_file_is_refused(study: StudyFolder) -> None:
    study.write("model.yaml", b"#" * 5_000_001)
    assert "larger than 5 MB" in study.problem().message


def test_link_out_of_the_folder_is_refused(study: StudyFolder, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.yaml").write_text(study.text("model.yaml"), encoding="utf-8")
    (study.folder / "model.yaml").unlink()
    (study.folder / "model.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    assert "link out of the study's folder" in study.problem().message


def test_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"no such file or folder; give the folder that holds study\.yaml"):
        load_study(tmp_path / "nowhere")


def test_folder_without_a_study_names_the_studies_in_it(study: StudyFolder) -> None:
    with pytest.raises(SpecError, match=r"no study\.yaml in this folder; studies here: .*small"):
        load_study(study.folder.parent)


def test_file_of_another_kind_is_told(study: StudyFolder) -> None:
    with pytest.raises(SpecError, match="not a YAML file"):
        load_study(study.folder / "sources.csv")


@pytest.mark.parametrize(("file", "what"), [("model.yaml", "a model"), (CONTROLLER, "a calculation")])
def test_a_model_or_calculation_in_place_of_the_study_is_one_line(study: StudyFolder, file: str, what: str) -> None:
    with pytest.raises(SpecError) as caught:
        load_study(study.folder / file)
    assert str(caught.value) == (
        f"{study.folder / file}: 1 problem\n  this is {what}, which a study names; give the folder {study.folder}"
    )


def test_transfer_to_a_payer_that_nobody_counts_would_not_cancel(study: StudyFolder) -> None:
    study.patch(MODEL, "kind: resource, state: outside", "kind: transfer, to: individual, state: outside")
    study.patch(MODEL, "  state_tax: {label: State}\n", "  state_tax: {label: State}\n  individual: {label: I}\n")
    problem = study.problem()
    assert problem.where == "payers.individual"
    assert "transfers with it cancel nowhere" in problem.message
    study.patch(MODEL, "payers: [state_tax]}", "payers: [state_tax, individual]}")
    study.load()


def test_choice_that_nothing_uses_is_told_where_it_stands_and_where_it_is_taken(study: StudyFolder) -> None:
    study.patch(MODEL, "fade: fade_form", "fade: exponential(half_life)")
    assert [p.where for p in study.problems()] == ["assumptions.fade_form", "choices.fade_form"]


def test_message_has_the_form_that_editors_can_jump_from(study: StudyFolder) -> None:
    study.patch("study.yaml", "draws: 64", "draws: -64")
    with pytest.raises(SpecError) as caught:
        study.load()
    lines = str(caught.value).splitlines()
    assert lines == [
        f"{study.folder / 'study.yaml'}: 1 problem",
        "  7:8  draws: -64 is out of range; it must be at least 1",
    ]
