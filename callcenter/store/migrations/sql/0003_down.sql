-- The extension stays: somebody else may use it by now.
DROP TABLE
    callcenter.assignment,
    callcenter.change_step,
    callcenter.change_move,
    callcenter.change;

DROP TABLE
    callcenter.shift_spell,
    callcenter.shift,
    callcenter.roster_window,
    callcenter.roster_version;

DROP TABLE callcenter.person;
