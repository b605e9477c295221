<?php

require_once __DIR__ . '/controller.php';
require_once __DIR__ . '/view.php';
require_once __DIR__ . '/form.php';
