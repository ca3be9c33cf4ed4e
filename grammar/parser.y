%code top {
/* Tokens to tree. Each action makes one part of the tree and knows nothing of its meaning. The
 * grammar accepts more than the language where that gives a better message: an outcome is any word,
 * the parts of a node come in any order, and `=` may replace `:`. */
}

%require "3.8"
%define api.pure full
%define api.prefix {grammar_}
%define api.location.type {struct span}
%define parse.error custom
%define parse.lac full
%locations
%param {struct reader *r}
%parse-param {struct builder *b}

%code requires {
#include "grammar/reader.h"
}

%code {
#include "base/mem.h"
#include "syntax/parse.h"
#include "grammar/message.h"

#include <assert.h>

#define YYLLOC_DEFAULT(current, rhs, n)                                                            \
    ((current) = (n) ? span_join(YYRHSLOC(rhs, 1), YYRHSLOC(rhs, n))                               \
                     : (struct span){ YYRHSLOC(rhs, 0).end, YYRHSLOC(rhs, 0).end })

#define YYMAXDEPTH 20000

/* bison would call it grammar_lex. */
#undef yylex
#define yylex reader_lex

/* If there is no memory, the program ends, and not only the parsing of this file. */
#define YYMALLOC mem_alloc
#define YYFREE mem_free

/* What to do after the grammar took an `error`; see reader_recover and reader_lost_brace. Every
 * `error` of the grammar must call one of them, because they guarantee that parsing ends. */
#define RECOVER(list, open) GO_ON(reader_recover(r, list, open))
#define GO_ON(what)                                                                                \
    do {                                                                                           \
        enum reader_recovery recovery = (what);                                                    \
        if (recovery == RECOVERY_GIVE_UP)                                                          \
            YYABORT;                                                                               \
        if (recovery == RECOVERY_DROP)                                                             \
            yyclearin;                                                                             \
        yyerrok;                                                                                   \
    } while (0)

static void grammar_error(const struct span *span, struct reader *r, struct builder *b,
                          const char *message);
}

%union {
    int64_t amount;
    enum http_method method;
    struct word word;
    struct backoff backoff;
    struct expr *expr;
    struct expr_list exprs;
    struct text_part_list parts;
    struct pair *pair;
    struct pair_list pairs;
    struct arg *arg;
    struct arg_list args;
    struct type_expr *type;
    struct type_field *field;
    struct type_field_list fields;
    struct setting *setting;
    struct setting_list settings;
    struct label *label;
    struct label_list labels;
    struct action *action;
    struct action_list actions;
    struct target *target;
    struct arrow *arrow;
    struct arm *arm;
    struct switch_case *switch_case;
    struct switch_case_list cases;
    struct condition_list conditions;
    struct branch *branch;
    struct branch_list branches;
    struct node *node;
    struct node_body *node_body;
    struct param *param;
    struct param_list params;
    struct var *var;
    struct flow_body *flow_body;
    struct node_ref *node_ref;
    struct node_ref_list node_refs;
    struct step *step;
    struct step_list steps;
    struct import_name *import;
    struct import_name_list imports;
    struct decl *decl;
}

%token NAME "a name" HYPHENATED "a word with hyphens"
%token INTEGER "a whole number" NUMBER "a number" DURATION "a time such as `10s`"
%token SIZE "a size such as `10MB`" STATUS_CLASS "a class such as `5xx`"
%token STRING "a text" RAW "a text '…'" CURLY "a text in curly quotes"
%token TEXT_OPEN "a text with holes" BLOCK_OPEN "a text over lines" TEXT_PART "characters"
%token TEXT_CLOSE "the end of the text" HOLE_OPEN "a hole" HOLE_CLOSE "}"

%token ARROW "->" DEFAULT "??" EQUAL "==" NOT_EQUAL "!=" LESS_EQUAL "<=" GREATER_EQUAL ">="
%token DOTS ".."

%token KW_IMPORT "import" KW_FROM "from" KW_AS "as" KW_CONST "const" KW_CONFIG "config"
%token KW_SECRET "secret" KW_TYPE "type" KW_ENDPOINT "endpoint" KW_FLOW "flow" KW_TEST "test"
%token KW_VAR "var" KW_NODE "node"
%token KW_URL "url" KW_AUTH "auth" KW_BEARER "bearer" KW_BASIC "basic" KW_HEADER "header"
%token KW_QUERY "query" KW_SEPARATOR "separator" KW_CONNECT "connect" KW_TIMEOUT "timeout"
%token KW_WITHIN "within" KW_CONNECTIONS "connections" KW_REDIRECTS "redirects"
%token KW_MAX_RESPONSE "max-response" KW_TLS "tls" KW_RETRY "retry" KW_ON "on"
%token KW_BACKOFF "backoff" KW_BODY "body" KW_FORM "form" KW_TEXT "text" KW_XML "xml"
%token KW_MATCH "match" KW_CHOICES "choices"
%token KW_GET "GET" KW_POST "POST" KW_PUT "PUT" KW_PATCH "PATCH" KW_DELETE "DELETE" KW_HEAD "HEAD"
%token KW_ASK "ask" KW_SWITCH "switch" KW_CALL "call" KW_EACH "each" KW_CONCURRENCY "concurrency"
%token KW_PARALLEL "parallel" KW_SAY "say" KW_LOG "log" KW_WAIT "wait" KW_MAX "max"
%token KW_WHEN "when" KW_END "end" KW_FAIL "fail"
%token KW_START "start" KW_REPLY "reply" KW_ANSWER "answer" KW_EXPECT "expect" KW_VISIT "visit"
%token KW_REQUEST "request"
%token KW_IF "if" KW_THEN "then" KW_ELSE "else" KW_AND "and" KW_OR "or" KW_NOT "not" KW_IN "in"
%token KW_TRUE "true" KW_FALSE "false" KW_NULL "null"

%left "??"
%left "or"
%left "and"
%precedence "not"
%nonassoc "==" "!=" '<' "<=" '>' ">=" "in" '='
%left '+' '-'
%left '*' '/' '%'
%precedence NEGATION

%type <word> name declared assigned key pair_key local title
%type <expr> expr binary postfix primary string quoted object loose constant end_value
%type <expr> default_value reply_value guard pattern
%type <exprs> exprs list_items arguments constants
%type <parts> parts
%type <pair> pair
%type <pairs> pairs
%type <arg> arg
%type <args> args arg_list
%type <type> type shape result answer_type as_type
%type <field> field
%type <fields> fields
%type <setting> setting request_setting retry unknown_setting times
%type <settings> endpoint_body
%type <amount> duration size count connection_wait concurrency
%type <backoff> backoff
%type <label> label retry_label
%type <labels> labels retry_labels
%type <action> action
%type <actions> block block_body
%type <target> target
%type <arrow> arrow
%type <arm> arm
%type <switch_case> case
%type <cases> case_body
%type <conditions> conditions
%type <branch> branch
%type <branches> branch_body
%type <method> method
%type <node> node verb flow_call each_body
%type <node_body> node_body
%type <param> param
%type <params> params param_list
%type <var> var
%type <flow_body> flow_body
%type <node_ref> node_ref
%type <node_refs> node_refs
%type <step> step
%type <steps> test_body
%type <import> import_name
%type <imports> import_names
%type <decl> declaration

%%

file: declarations ;

declarations:
    %empty
  | declarations declaration        { ast_add_decl(b, $2); }
  | declarations error              { reader_lost_end_of_decl(r, b->decls.last);
                                      RECOVER(LIST_OF_DECLARATIONS, NO_BRACE); }
  ;

declaration:
    "import" import_names "from" title
                                    { $$ = ast_import(b, @$, $2, $4); }
  | "const" declared '=' expr       { $$ = ast_value_decl(b, DECL_CONST, @$, $2, NULL, $4); }
  | "config" declared ':' type default_value
                                    { $$ = ast_value_decl(b, DECL_CONFIG, @$, $2, $4, $5); }
  | "secret" declared               { $$ = ast_decl(b, DECL_SECRET, @$, $2); }
  | "type" declared shape           { $$ = ast_value_decl(b, DECL_TYPE, @$, $2, $3, NULL); }
  | "endpoint" declared endpoint_body '}'
                                    { $$ = ast_endpoint(b, @$, $2, $3); }
  | "flow" declared params result flow_body '}'
                                    { $$ = ast_flow(b, @$, $2, $3, $4, $5); }
  | "test" title test_body '}'      { $$ = ast_test(b, @$, $2, $3); }
  ;

import_names:
    import_name
        { $$ = ast_import_name_list_add((struct import_name_list){ 0 }, $1); }
  | import_names ',' import_name    { $$ = ast_import_name_list_add($1, $3); }
  ;

import_name: name local             { $$ = ast_import_name(b, $1, $2.text ? $2 : $1); } ;

local:
    %empty                          { $$ = (struct word){ 0 }; }
  | "as" declared                   { $$ = $2; }
  ;

title: string                       { $$ = ast_text_word(b, $1); } ;

default_value:
    %empty                          { $$ = NULL; }
  | '=' expr                        { $$ = $2; }
  ;

/* Lists between braces begin with their brace, so that the place of the list names the brace. */

open:
    '{'
  | error                           { GO_ON(reader_lost_brace(r, &@$)); }
  ;

/* Types. */

type:
    name                            { $$ = ast_type_name(b, $1); }
  | '[' type ']'                    { $$ = ast_type_list(b, @$, $2); }
  | shape
  | type '?'                        { $$ = ast_type_optional(b, @$, $1); }
  ;

shape: '{' fields comma '}'         { $$ = ast_type_shape(b, @$, $2); } ;

fields:
    field                           { $$ = ast_type_field_list_add((struct type_field_list){ 0 }, $1); }
  | fields ',' field                { $$ = ast_type_field_list_add($1, $3); }
  ;

field: key ':' type                 { $$ = ast_field(b, $1, $3); } ;

comma: %empty | ',' ;

colon:
    ':'
  | '='                             { ast_wrong_sign(b, @1, ":", "write `:` between a name and its value"); }
  ;

/* Settings of endpoints. */

endpoint_body:
    open                            { $$ = (struct setting_list){ 0 }; }
  | endpoint_body setting           { $$ = ast_setting_list_add($1, $2); }
  | endpoint_body error             { $$ = $1; RECOVER(LIST_OF_SETTINGS, @1.start); }
  ;

setting:
    "url" expr                      { $$ = ast_setting_expr(b, SETTING_URL, @1, @$, $2, NULL); }
  | "auth" "bearer" expr
        { $$ = ast_setting_expr(b, SETTING_AUTH_BEARER, @1, @$, $3, NULL); }
  | "auth" "basic" expr ',' expr
        { $$ = ast_setting_expr(b, SETTING_AUTH_BASIC, @1, @$, $3, $5); }
  | "header" pairs                  { $$ = ast_setting_pairs(b, SETTING_HEADER, @1, @$, $2); }
  | "query" pairs                   { $$ = ast_setting_pairs(b, SETTING_QUERY, @1, @$, $2); }
  | "separator" name                { $$ = ast_separator(b, @$, $2); }
  | times
  | "connections" count connection_wait
                                    { $$ = ast_connections(b, @1, @$, $2, $3); }
  | "redirects" count               { $$ = ast_setting_amount(b, SETTING_REDIRECTS, @1, @$, $2); }
  | "max-response" size
        { $$ = ast_setting_amount(b, SETTING_MAX_RESPONSE, @1, @$, $2); }
  | "tls" object                    { $$ = ast_setting_object(b, SETTING_TLS, @1, @$, $2); }
  | retry
  | setting_word loose              { ast_say_later(b, @1);
                                      $$ = ast_setting_expr(b, SETTING_UNKNOWN, @1, @$, $2, NULL); }
  | setting_word pairs              { ast_say_later(b, @1);
                                      $$ = ast_setting_pairs(b, SETTING_UNKNOWN, @1, @$, $2); }
  ;

/* A word that may be meant as a setting of an endpoint, but is not one. */
setting_word: NAME | HYPHENATED | "body" | "form" | "text" | "xml" | "match" | "choices"
  | "max" | "concurrency" ;

loose: string | object
  | NAME                            { $$ = ast_name(b, ast_word(b, @1)); }
  | INTEGER                         { $$ = ast_integer(b, @1); }
  | NUMBER                          { $$ = ast_number(b, @1); }
  | DURATION                        { $$ = ast_duration(b, @1); }
  | SIZE                            { $$ = ast_bad(b, @1); }
  | "true"                          { $$ = ast_bool(b, @1, true); }
  | "false"                         { $$ = ast_bool(b, @1, false); }
  ;

times:
    "connect" duration              { $$ = ast_setting_amount(b, SETTING_CONNECT, @1, @$, $2); }
  | "timeout" duration              { $$ = ast_setting_amount(b, SETTING_TIMEOUT, @1, @$, $2); }
  | "within" duration               { $$ = ast_setting_amount(b, SETTING_WITHIN, @1, @$, $2); }
  ;

connection_wait:
    %empty                          { $$ = -1; }
  | "wait" duration                 { $$ = $2; }
  ;

retry: "retry" count "on" retry_labels backoff
                                    { $$ = ast_retry(b, @1, @$, $2, $4, $5); } ;

backoff:
    %empty                          { $$ = (struct backoff){ -1, -1 }; }
  | "backoff" duration              { $$ = (struct backoff){ $2, $2 }; }
  | "backoff" duration ".." duration
                                    { $$ = (struct backoff){ $2, $4 }; }
  ;

count: INTEGER                      { $$ = ast_count(b, @1); } ;

duration:
    DURATION                        { $$ = ast_milliseconds(b, @1); }
  | INTEGER                         { $$ = ast_unitless(b, @1); }
  ;

size:
    SIZE                            { $$ = ast_bytes_of_size(b, @1); }
  | INTEGER                         { $$ = ast_sizeless(b, @1); }
  ;

pairs:
    pair                            { $$ = ast_pair_list_add((struct pair_list){ 0 }, $1); }
  | pairs ',' pair                  { $$ = ast_pair_list_add($1, $3); }
  ;

pair: pair_key colon expr           { $$ = ast_pair(b, $1, $3); } ;

pair_key:
    key
  | HYPHENATED                      { $$ = ast_word(b, @1); }
  | "max-response"                  { $$ = ast_word(b, @1); }
  | string                          { $$ = ast_text_word(b, $1); }
  ;

/* Flows. */

params:
    %empty                          { $$ = (struct param_list){ 0 }; }
  | '(' ')'                         { $$ = (struct param_list){ 0 }; }
  | '(' param_list comma ')'        { $$ = $2; }
  ;

param_list:
    param                           { $$ = ast_param_list_add((struct param_list){ 0 }, $1); }
  | param_list ',' param            { $$ = ast_param_list_add($1, $3); }
  ;

param:
    declared ':' type default_value { $$ = ast_param(b, @$, $1, $3, $4); }
  | declared default_value          { $$ = ast_param(b, @$, $1, ast_untyped(b, $1), $2); }
  ;

result:
    %empty                          { $$ = NULL; }
  | "->" type                       { $$ = $2; }
  ;

flow_body:
    open                            { $$ = ast_flow_body(b); }
  | flow_body var                   { $$ = ast_flow_var($1, $2); }
  | flow_body node                  { $$ = ast_flow_node($1, $2); }
  | flow_body error                 { reader_lost_end(r, ast_flow_last($1));
                                      $$ = $1; RECOVER(LIST_OF_NODES, @1.start); }
  ;

var:
    "var" declared '=' expr         { $$ = ast_var(b, @$, $2, NULL, $4); }
  | "var" declared ':' type '=' expr
                                    { $$ = ast_var(b, @$, $2, $4, $6); }
  | "var" declared ':' type         { $$ = ast_var(b, @$, $2, $4, ast_valueless(b, $2, @4)); }
  | "var" declared                  { $$ = ast_var(b, @$, $2, NULL, ast_valueless(b, $2, @2)); }
  ;

node: "node" declared node_body '}' { $$ = ast_node(b, @$, $2, $3); } ;

node_body:
    open                            { $$ = ast_body(b); }
  | node_body action                { $$ = ast_body_action(b, $1, $2); }
  | node_body verb                  { $$ = ast_body_verb(b, $1, $2); }
  | node_body request_setting       { $$ = ast_body_setting(b, $1, $2); }
  | node_body arm                   { $$ = ast_body_arm(b, $1, $2); }
  | node_body arrow                 { $$ = ast_body_arrow(b, $1, $2); }
  | node_body error                 { $$ = $1; RECOVER(LIST_OF_PARTS, @1.start); }
  ;

verb:
    method name string              { $$ = ast_api_call(b, $1, @1, $2, $3); }
  | "ask" expr "as" declared answer_type
                                    { $$ = ast_ask(b, @1, $2, $4, $5); }
  | "if" expr arrow conditions "else" arrow
        { $$ = ast_if_node(b, @1, ast_conditions(b, @$, $2, $3, $4, $6)); }
  | "switch" expr case_body '}'     { $$ = ast_switch(b, @1, $2, $3); }
  | flow_call
  | "each" declared "in" expr concurrency each_body '}'
                                    { $$ = ast_each_node(b, @1, $2, $4, $5, $6); }
  | "parallel" branch_body '}'      { $$ = ast_parallel(b, @1, $2); }
  ;

method:
    "GET"                           { $$ = HTTP_GET; }
  | "POST"                          { $$ = HTTP_POST; }
  | "PUT"                           { $$ = HTTP_PUT; }
  | "PATCH"                         { $$ = HTTP_PATCH; }
  | "DELETE"                        { $$ = HTTP_DELETE; }
  | "HEAD"                          { $$ = HTTP_HEAD; }
  ;

answer_type:
    %empty                          { $$ = NULL; }
  | ':' type                        { $$ = $2; }
  ;

conditions:
    %empty                          { $$ = (struct condition_list){ 0 }; }
  | conditions "else" "if" expr arrow
        { $$ = ast_condition_list_add($1, ast_condition(b, span_join(@3, @5), $4, $5)); }
  ;

case_body:
    open                            { $$ = (struct switch_case_list){ 0 }; }
  | case_body case                  { $$ = ast_switch_case_list_add($1, $2); }
  | case_body error                 { $$ = $1; RECOVER(LIST_OF_CASES, @1.start); }
  ;

case:
    constants arm_colon block arrow { ast_needless_colon(b, @2);
                                      $$ = ast_case(b, @$, $1, $3, $4); }
  | "else" arm_colon block arrow    { ast_needless_colon(b, @2);
                                      $$ = ast_case(b, @$, (struct expr_list){ 0 }, $3, $4); }
  ;

constants:
    constant                        { $$ = ast_expr_list_add((struct expr_list){ 0 }, $1); }
  | constants ',' constant          { $$ = ast_expr_list_add($1, $3); }
  ;

constant: string
  | INTEGER                         { $$ = ast_integer(b, @1); }
  | NUMBER                          { $$ = ast_number(b, @1); }
  | DURATION                        { $$ = ast_duration(b, @1); }
  | '-' INTEGER                     { $$ = ast_unary(b, @$, OP_NEGATE, ast_integer(b, @2)); }
  | '-' NUMBER                      { $$ = ast_unary(b, @$, OP_NEGATE, ast_number(b, @2)); }
  | "true"                          { $$ = ast_bool(b, @1, true); }
  | "false"                         { $$ = ast_bool(b, @1, false); }
  | "null"                          { $$ = ast_null(b, @1); }
  | assigned                        { $$ = ast_name(b, $1); }
  ;

flow_call: "call" name args         { $$ = ast_flow_call(b, @1, $2, $3); } ;

concurrency:
    %empty                          { $$ = 1; }
  | "concurrency" count             { $$ = $2; }
  ;

each_body:
    open flow_call                  { $$ = $2; }
  | lost_call                       { $$ = ast_lost_call(b, @1); }
  ;

lost_call:
    open error                      { RECOVER(LIST_OF_BRANCHES, @1.start); }
  | open flow_call error            { RECOVER(LIST_OF_BRANCHES, @1.start); }
  | lost_call error                 { RECOVER(LIST_OF_BRANCHES, @1.start); }
  ;

branch_body:
    open                            { $$ = (struct branch_list){ 0 }; }
  | branch_body branch              { $$ = ast_branch_list_add($1, $2); }
  | branch_body error               { $$ = $1; RECOVER(LIST_OF_BRANCHES, @1.start); }
  ;

branch: declared colon "call" name args
                                    { $$ = ast_branch(b, @$, $1, $4, $5); } ;

request_setting:
    "header" pairs                  { $$ = ast_setting_pairs(b, SETTING_HEADER, @1, @$, $2); }
  | "query" pairs                   { $$ = ast_setting_pairs(b, SETTING_QUERY, @1, @$, $2); }
  | "separator" name                { $$ = ast_separator(b, @$, $2); }
  | "body" expr                     { $$ = ast_setting_expr(b, SETTING_BODY, @1, @$, $2, NULL); }
  | "form" object                   { $$ = ast_setting_object(b, SETTING_FORM, @1, @$, $2); }
  | "text" string                   { $$ = ast_setting_expr(b, SETTING_TEXT, @1, @$, $2, NULL); }
  | "xml" string                    { $$ = ast_setting_expr(b, SETTING_XML, @1, @$, $2, NULL); }
  | "match" pattern                 { $$ = ast_setting_expr(b, SETTING_MATCH, @1, @$, $2, NULL); }
  | "choices" exprs
        { $$ = ast_setting_expr(b, SETTING_CHOICES, @1, @$, $2.first, NULL); }
  | times
  | retry
  | unknown_setting
  ;

pattern:
    RAW                             { $$ = ast_text(b, @1); }
  | quoted               { $$ = ast_quoted_pattern(b, $1); }
  ;

/* A word that may be meant as a setting of a call or an ask, but is not one. */
unknown_setting:
    unknown_word string         { $$ = ast_setting_expr(b, SETTING_UNKNOWN, @1, @$, $2, NULL); }
  | unknown_word DURATION           { $$ = ast_setting(b, SETTING_UNKNOWN, @1, @$); }
  | unknown_word SIZE               { $$ = ast_setting(b, SETTING_UNKNOWN, @1, @$); }
  | unknown_word INTEGER            { $$ = ast_setting(b, SETTING_UNKNOWN, @1, @$); }
  | unknown_word INTEGER "on" retry_labels backoff
                                    { $$ = ast_setting(b, SETTING_UNKNOWN, @1, @$); }
  ;

unknown_word: NAME | HYPHENATED | "max-response" | "url" | "connections" | "redirects" ;

retry_labels:
    retry_label                     { $$ = ast_label_list_add((struct label_list){ 0 }, $1); }
  | retry_labels ',' retry_label    { $$ = ast_label_list_add($1, $3); }
  ;

retry_label: label ;

arm: labels arm_colon as_type guard block arrow
                                    { ast_needless_colon(b, @2);
                                      $$ = ast_arm(b, @$, $1, $3, $4, $5, $6); } ;

labels:
    label                           { $$ = ast_label_list_add((struct label_list){ 0 }, $1); }
  | labels ',' label                { $$ = ast_label_list_add($1, $3); }
  ;

label: label_word                   { $$ = ast_label(b, @1); }
  | "else"                          { $$ = ast_else_label(b, @1); }
  ;

arm_colon: %empty | ':' ;

as_type:
    %empty                          { $$ = NULL; }
  | "as" type                       { $$ = $2; }
  ;

guard:
    %empty                          { $$ = NULL; }
  | "when" expr                     { $$ = $2; }
  ;

block:
    %empty                          { $$ = (struct action_list){ 0 }; }
  | block_body '}'                  { $$ = $1; }
  ;

block_body:
    '{'                             { $$ = (struct action_list){ 0 }; }
  | block_body action               { $$ = ast_action_list_add($1, $2); }
  | block_body error                { $$ = $1; RECOVER(LIST_OF_ACTIONS, @1.start); }
  ;

action:
    "say" expr                      { $$ = ast_action(b, ACTION_SAY, @$, $2); }
  | "log" expr                      { $$ = ast_action(b, ACTION_LOG, @$, $2); }
  | "wait" expr                     { $$ = ast_action(b, ACTION_WAIT, @$, $2); }
  | assigned '=' expr               { $$ = ast_assign(b, @$, $1, $3); }
  | assigned "==" expr              { ast_wrong_equals(b, @2, "=");
                                      ast_say(b, @2);
                                      $$ = ast_assign(b, @$, $1, $3); }
  ;

arrow:
    "->" target                     { $$ = ast_arrow(b, @$, $2); }
  | "->" target "max" INTEGER "else" target
                                    { $$ = ast_bounded_arrow(b, @$, $2, @4, $6); }
  ;

target:
    name                            { $$ = ast_target_node(b, $1); }
  | HYPHENATED                      { $$ = ast_target_node(b, ast_word(b, @1)); }
  | "flow" name args                { $$ = ast_target_flow(b, @$, $2, $3); }
  | "end" end_value                 { $$ = ast_target_end(b, TARGET_END, @$, $2); }
  | "fail" end_value                { $$ = ast_target_end(b, TARGET_FAIL, @$, $2); }
  ;

end_value:
    %empty                          { $$ = NULL; }
  | object
  | '(' expr ')'                    { $$ = ast_parenthesised($2, @$); }
  ;

args:
    %empty                          { $$ = (struct arg_list){ 0 }; }
  | '(' ')'                         { $$ = (struct arg_list){ 0 }; }
  | '(' arg_list comma ')'          { $$ = $2; }
  ;

arg_list:
    arg                             { $$ = ast_arg_list_add((struct arg_list){ 0 }, $1); }
  | arg_list ',' arg                { $$ = ast_arg_list_add($1, $3); }
  ;

arg: key colon expr                 { $$ = ast_arg(b, $1, $3); } ;

/* Tests. */

test_body:
    open                            { $$ = (struct step_list){ 0 }; }
  | test_body step                  { $$ = ast_step_list_add($1, $2); }
  | test_body error                 { $$ = $1; RECOVER(LIST_OF_STEPS, @1.start); }
  ;

step:
    "start" name args               { $$ = ast_start(b, @$, $2, $3); }
  | "reply" node_ref ':' label reply_value
                                    { $$ = ast_reply(b, @$, $2, $4, $5); }
  | "reply" node_ref ':' "end" reply_value
                                    { $$ = ast_reply(b, @$, $2, ast_label(b, @4), $5); }
  | "answer" node_ref ':' string    { $$ = ast_step(b, IMAGE_STEP_ANSWER, @$, $2, $4); }
  | "answer" node_ref ':' "timeout" { $$ = ast_answer_timeout(b, @$, $2); }
  | "expect" "say" string           { $$ = ast_step(b, IMAGE_STEP_SAY, @$, NULL, $3); }
  | "expect" "visit" node_refs      { $$ = ast_step(b, IMAGE_STEP_VISIT, @$, $3.first, NULL); }
  | "expect" "end" end_value        { $$ = ast_step(b, IMAGE_STEP_END, @$, NULL, $3); }
  | "expect" "fail" end_value       { $$ = ast_step(b, IMAGE_STEP_FAIL, @$, NULL, $3); }
  | "expect" "request" node_ref ':' object
                                    { $$ = ast_step(b, IMAGE_STEP_REQUEST, @$, $3, $5); }
  ;

reply_value:
    %empty                          { $$ = NULL; }
  | object
  | '[' list_items ']'              { $$ = ast_list(b, @$, $2); }
  | string
  ;

node_refs:
    node_ref                        { $$ = ast_node_ref_list_add((struct node_ref_list){ 0 }, $1); }
  | node_refs ',' node_ref          { $$ = ast_node_ref_list_add($1, $3); }
  ;

node_ref:
    name                            { $$ = ast_node_ref(b, (struct word){ 0 }, $1); }
  | name '.' name                   { $$ = ast_node_ref(b, $1, $3); }
  ;

/* Expressions. */

expr:
    binary
  | "if" expr "then" expr "else" expr
                                    { $$ = ast_if(b, @$, $2, $4, $6); }
  ;

binary:
    postfix
  | binary "??" binary              { $$ = ast_binary(b, OP_DEFAULT, @2, $1, $3); }
  | binary "or" binary              { $$ = ast_binary(b, OP_OR, @2, $1, $3); }
  | binary "and" binary             { $$ = ast_binary(b, OP_AND, @2, $1, $3); }
  | "not" binary                    { $$ = ast_unary(b, @$, OP_NOT, $2); }
  | binary "==" binary              { $$ = ast_binary(b, OP_EQUAL, @2, $1, $3); }
  | binary "!=" binary              { $$ = ast_binary(b, OP_NOT_EQUAL, @2, $1, $3); }
  | binary '<' binary               { $$ = ast_binary(b, OP_LESS, @2, $1, $3); }
  | binary "<=" binary              { $$ = ast_binary(b, OP_LESS_EQUAL, @2, $1, $3); }
  | binary '>' binary               { $$ = ast_binary(b, OP_GREATER, @2, $1, $3); }
  | binary ">=" binary              { $$ = ast_binary(b, OP_GREATER_EQUAL, @2, $1, $3); }
  | binary "in" binary              { $$ = ast_binary(b, OP_IN, @2, $1, $3); }
  | binary '=' binary               { ast_wrong_equals(b, @2, "==");
                                      $$ = ast_binary(b, OP_EQUAL, @2, $1, $3); }
  | binary '+' binary               { $$ = ast_binary(b, OP_ADD, @2, $1, $3); }
  | binary '-' binary               { $$ = ast_binary(b, OP_SUBTRACT, @2, $1, $3); }
  | binary '*' binary               { $$ = ast_binary(b, OP_MULTIPLY, @2, $1, $3); }
  | binary '/' binary               { $$ = ast_binary(b, OP_DIVIDE, @2, $1, $3); }
  | binary '%' binary               { $$ = ast_binary(b, OP_REMAINDER, @2, $1, $3); }
  | '-' binary %prec NEGATION       { $$ = ast_unary(b, @$, OP_NEGATE, $2); }
  ;

postfix:
    primary
  | postfix '.' key                 { $$ = ast_member(b, @$, $1, $3); }
  | postfix '[' expr ']'            { $$ = ast_index(b, @$, $1, $3); }
  | postfix '[' ']'                 { $$ = ast_each(b, @$, $1); }
  ;

primary:
    name                            { $$ = ast_name(b, $1); }
  | name '(' arguments ')'          { $$ = ast_builtin(b, @$, $1, $3); }
  | HYPHENATED                      { $$ = ast_hyphenated(b, @1); }
  | string
  | INTEGER                         { $$ = ast_integer(b, @1); }
  | NUMBER                          { $$ = ast_number(b, @1); }
  | DURATION                        { $$ = ast_duration(b, @1); }
  | "true"                          { $$ = ast_bool(b, @1, true); }
  | "false"                         { $$ = ast_bool(b, @1, false); }
  | "null"                          { $$ = ast_null(b, @1); }
  | '[' list_items ']'              { $$ = ast_list(b, @$, $2); }
  | object
  | '(' expr ')'                    { $$ = ast_parenthesised($2, @$); }
  ;

arguments:
    %empty                          { $$ = (struct expr_list){ 0 }; }
  | exprs
  ;

list_items:
    %empty                          { $$ = (struct expr_list){ 0 }; }
  | exprs comma                     { $$ = $1; }
  ;

exprs:
    expr                            { $$ = ast_expr_list_add((struct expr_list){ 0 }, $1); }
  | exprs ',' expr                  { $$ = ast_expr_list_add($1, $3); }
  ;

object:
    '{' '}'                         { $$ = ast_object(b, @$, (struct pair_list){ 0 }); }
  | '{' pairs comma '}'             { $$ = ast_object(b, @$, $2); }
  ;

/* Texts. */

string:
    RAW                             { $$ = ast_text(b, @1); }
  | quoted
  ;

quoted:
    STRING                          { $$ = ast_text(b, @1); }
  | CURLY                           { $$ = ast_bad(b, @1); }
  | TEXT_OPEN parts TEXT_CLOSE      { $$ = ast_template(b, @$, $2); }
  | BLOCK_OPEN parts TEXT_CLOSE     { $$ = ast_block(b, @$, $2); }
  ;

parts:
    %empty                          { $$ = (struct text_part_list){ 0 }; }
  | parts TEXT_PART                 { $$ = ast_text_part_list_add($1, ast_part(b, @2, NULL)); }
  | parts HOLE_OPEN expr HOLE_CLOSE { $$ = ast_text_part_list_add($1, ast_part(b, @3, $3)); }
  ;

/* Words. Nearly all keywords are names too; the set that each place accepts keeps LALR(1) free of
 * conflicts. */

name:
    NAME                            { $$ = ast_word(b, @1); }
  | soft                            { $$ = ast_word(b, @1); }
  | tail                            { $$ = ast_word(b, @1); }
  ;

declared:
    name
  | HYPHENATED                      { $$ = ast_hyphenated_name(b, @1); }
  ;

/* What is allowed before `=` in an action. */
assigned:
    NAME                            { $$ = ast_word(b, @1); }
  | soft                            { $$ = ast_word(b, @1); }
  ;

key:
    name
  | hard                            { $$ = ast_word(b, @1); }
  ;

label_word: NAME | HYPHENATED | INTEGER | STATUS_CLASS | "fail" | outcome_word ;

/* Names that may begin an outcome: those that begin nothing else in a node. */
outcome_word: "timeout" | "from" | "const" | "config" | "secret" | "type" | "endpoint" | "test"
  | "import" | "var" | "bearer" | "basic" | "tls" | "start" | "reply" | "answer" | "expect"
  | "visit" | "request" | "auth" ;

soft: outcome_word | verb_word | setting_name ;

verb_word: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "ask" | "switch" | "call"
  | "each" | "parallel" | "say" | "log" | "wait" ;

setting_name: "url" | "header" | "query" | "separator" | "connect" | "within" | "connections"
  | "redirects" | "retry" | "body" | "form" | "text" | "xml" | "match" | "choices"
  | "concurrency" ;

/* Names that may follow another part of a node and belong to it. */
tail: "on" | "backoff" | "max" ;

hard: "node" | "flow" | "end" | "fail" | "as" | "when" | "if" | "then" | "else" | "and" | "or"
  | "not" | "in" | "true" | "false" | "null" ;

%%

/* Called only if the parser stack is full. */
static void grammar_error(const struct span *span, struct reader *r, struct builder *b,
                          const char *message)
{
    (void)span;
    (void)b;
    (void)message;
    reader_limit(r, "this is nested too deeply", "give the inner part a name and use the name");
}

static int yyreport_syntax_error(const yypcontext_t *context, struct reader *r,
                                 struct builder *b)
{
    (void)b;
    yysymbol_kind_t symbols[YYNTOKENS];
    const char *names[YYNTOKENS];
    int count = yypcontext_expected_tokens(context, symbols, YYNTOKENS);
    for (int i = 0; i < count; i++)
        names[i] = yysymbol_name(symbols[i]);
    message_syntax(r, names, count, yysymbol_name(yypcontext_token(context)));
    return 0;
}

struct ast *parse(struct arena *arena, struct intern *words, struct source *source,
                  struct diags *diags)
{
    struct ast *ast = arena_alloc(arena, sizeof(*ast));
    struct builder b = { arena, words, source, diags, .ast = ast };
    struct span begin = { source->base, source->base };
    struct reader r = { .b = &b,
                        .token = GRAMMAR_EMPTY,
                        .suspect = NO_BRACE,
                        .previous = begin,
                        .token_span = begin };
    ast->source = source;
    if (!reader_check(&r))
        return ast;
    size_t errors = diags->errors;
    reader_start(&r);
    grammar_parse(&r, &b);
    reader_stop(&r);
    assert(!b.lost || b.says_later || diags->errors > errors); /* every loss is reported */
    return ast;
}
