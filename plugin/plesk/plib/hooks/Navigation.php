<?php

declare(strict_types=1);

/** The panel's path to our pages. */
class Modules_XolphinSsl_Navigation extends pm_Hook_Navigation
{
    /** @return list<array<string, mixed>> */
    public function getNavigation(): array
    {
        return [['controller' => 'index', 'action' => 'index', 'label' => pm_Locale::lmsg('pageTitle')]];
    }
}
