<?php

class pm_Scheduler_Task
{
    private ?string $id;
    private string $cmd;
    /** @var list<string> */
    private array $arguments;
    /** @var array<string> */
    private array $schedule;
    private bool $active;

    /** @param array<string, mixed>|null $task */
    public function __construct($task = null)
    {
        $this->id = $task['id'] ?? null;
        $this->cmd = $task['cmd'] ?? '';
        $this->arguments = $task['arguments'] ?? [];
        $this->schedule = $task['schedule'] ?? ['*', '*', '*', '*', '*'];
        $this->active = $task['active'] ?? true;
    }

    public function getId()
    {
        return $this->id;
    }

    public function getCmd()
    {
        return $this->cmd;
    }

    public function setCmd($cmd)
    {
        $this->cmd = $cmd;
    }

    public function getArguments()
    {
        return $this->arguments;
    }

    public function setArguments(array $arguments)
    {
        $this->arguments = $arguments;
    }

    public function getSchedule()
    {
        return $this->schedule;
    }

    public function setSchedule(array $schedule)
    {
        $this->schedule = $schedule;
    }

    public function getModuleId()
    {
        return Lab_Panel::module();
    }

    public function isActive(): bool
    {
        return $this->active;
    }
}
