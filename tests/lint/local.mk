dist_check_SCRIPTS += tests/lint/lint
