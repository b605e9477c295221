<?php

declare(strict_types=1);

/** What of ours the panel may show a progress bar for. */
class Modules_XolphinSsl_LongTasks extends pm_Hook_LongTasks
{
    /** @return list<pm_LongTask_Task> */
    public function getLongTasks(): array
    {
        return [new Modules_XolphinSsl_Task_Install()];
    }
}
