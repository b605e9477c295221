<?php

abstract class pm_LongTask_Task
{
    public const STATUS_NOT_STARTED = 'not_started';
    public const STATUS_RUNNING = 'running';
    public const STATUS_ERROR = 'error';
    public const STATUS_DONE = 'done';

    public $poolSize = -1;
    public $trackProgress = false;
    public $hidden = false;
    public $hasDangerousMessage = false;

    /** @var array<string, mixed> */
    private array $params = [];
    private ?string $instanceId = null;
    private string $status = self::STATUS_NOT_STARTED;
    private int $progress = 0;

    public function __construct()
    {
    }

    abstract public function run();

    public function getId()
    {
        return Lab_Panel::idOf($this);
    }

    public function statusMessage()
    {
        return '';
    }

    public function onStart()
    {
    }

    public function onError(Exception $e)
    {
    }

    public function onDone()
    {
    }

    public function setParam($name, $value)
    {
        $this->params[$name] = $value;
    }

    public function setParams(array $params)
    {
        $this->params = $params;
    }

    public function getParam($name, $default = null)
    {
        return $this->params[$name] ?? $default;
    }

    public function getParams()
    {
        return $this->params;
    }

    public function getInstanceId()
    {
        return $this->instanceId;
    }

    public function getProgress()
    {
        return $this->progress;
    }

    public function getStatus()
    {
        return $this->status;
    }

    public function updateProgress($progress)
    {
        $this->progress = max(0, min(100, (int) $progress));
        $this->report();
    }

    public function getSteps()
    {
        return [];
    }

    public function getDescription(): string
    {
        return '';
    }

    public function getConcurrencyRules(): array
    {
        return [];
    }

    public function toArray()
    {
        return [
            'id' => $this->getId(),
            'instanceId' => $this->instanceId,
            'status' => $this->status,
            'progress' => $this->progress,
            'message' => $this->statusMessage(),
            'steps' => $this->getSteps(),
            'hidden' => $this->hidden,
            'trackProgress' => $this->trackProgress,
            'params' => $this->params,
        ];
    }

    /** Takes up the state the panel has of it; of the lab, not of the published class. */
    final public function labState(array $row): static
    {
        $this->instanceId = $row['instanceId'];
        $this->status = $row['status'];
        $this->progress = $row['progress'];
        $this->params = $row['params'];
        return $this;
    }

    /** Runs it as the panel's background process does; of the lab. */
    final public function labRun(): void
    {
        $this->change(self::STATUS_RUNNING);
        try {
            $this->onStart();
            $this->run();
            $this->progress = 100;
            $this->change(self::STATUS_DONE);
            $this->onDone();
        } catch (Exception $e) {
            $this->change(self::STATUS_ERROR);
            $this->onError($e);
            pm_Log::err($e);
        }
        $this->report();
    }

    private function change(string $status): void
    {
        $this->status = $status;
        $this->report();
    }

    private function report(): void
    {
        if ($this->instanceId !== null) {
            Lab_Panel::call('longtask.update', $this->toArray());
        }
    }
}
