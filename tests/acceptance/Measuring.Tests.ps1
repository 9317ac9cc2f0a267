BeforeAll {
    Import-Module -Name "$PSScriptRoot/Acceptance.psm1" -Force
    Import-TestedModule
}

Describe 'Measuring, keeping and comparing' {
    BeforeAll {
        $session = New-TestSession -Name measuring
        foreach ($table in 'features_a', 'features_b') {
            Invoke-LakebaseQuery -Query "CREATE TABLE $table (id bigint PRIMARY KEY, v double precision)"
            Invoke-LakebaseQuery -Query "INSERT INTO $table SELECT g, g / 7.0 FROM generate_series(1, 2000) g"
        }

        Invoke-LakebaseQuery -Query 'ANALYZE'
        $quick = @{ Table = 'features_*'; Requests = 500; WarmUpLimit = 200; WarningAction = 'SilentlyContinue' }
        $run = Join-Path -Path $TestDrive -ChildPath run
        $results = Measure-LakebaseFeatureLatency @quick -Mode Batch, Serial -OutputPath $run
    }

    AfterAll {
        Remove-TestSession -Session $session
    }

    It 'gives a result for each mode, with its audit' {
        $results.Mode | Sort-Object | Should -Be 'Serial', 'Batch'
        foreach ($result in $results) {
            $result.WrongResponses, $result.Errors | Should -Be 0, 0
            $result.Client.HiccupSamples | Should -BeGreaterThan 0
            $result.Server.HeapHit + $result.Server.HeapRead | Should -Be 1000
            $result.Trust | Should -Match '^(Trustworthy$|Not trustworthy: )'
            $result.EndpointChanges | Should -BeNullOrEmpty
        }
    }

    It 'shows load and verdict in the table view within 120 columns' {
        $lines = ($results | Out-String -Width 120) -split "`n"
        @($lines -match '^(Batch|Serial) +Uniform +1 client .* (yes|no: .+)$') | Should -HaveCount 2
    }

    It 'reports progress with percentiles, rate and errors' {
        $records = & {
            $ProgressPreference = 'Continue'
            $shell = [powershell]::Create([System.Management.Automation.RunspaceMode]::NewRunspace)
            try {
                $null = $shell.AddScript({
                        param($Manifest, $Session)
                        Import-Module -Name $Manifest
                        # Warm-up windows take 100 ms or more each; one of 200 requests may be over before anybody has read its report.
                        Measure-LakebaseFeatureLatency -Session $Session -Table features_a -Duration 00:00:01.5 -WarmUpLimit 20000 -WarningAction SilentlyContinue
                    }).AddArgument((Get-TestedManifest)).AddArgument($session)
                $null = $shell.Invoke()
                $shell.Streams.Error | Should -BeNullOrEmpty
                $shell.Streams.Progress
            }
            finally {
                $shell.Dispose()
            }
        }
        $records.StatusDescription | Should -Contain 'Batch: warming up'
        @($records.StatusDescription) -match '^Batch: p50 [\d.]+ ms, p99 [\d.]+ ms, [\d,]+ requests/s, 0 errors$' | Should -Not -BeNullOrEmpty
        $records[-1].RecordType | Should -Be 'Completed'
    }

    It 'reads a run back and compares it' {
        $record = Import-LakebaseRun -Path $run
        $record.Status, $record.Latencies.Count | Should -Be 'Passed', 2
        # One of them, not all: what PowerShell makes of an index depends on the kind of list.
        @($record.Latencies[0]).Count | Should -Be 1
        @($results[0].Slowest[0]).Count | Should -Be 1
        $record.Latencies[0].Histogram.Count | Should -BeGreaterThan 0
        $record.Server.Identity | Should -Match '^system \d+, database \d+, role '
        $again = Join-Path -Path $TestDrive -ChildPath again
        $null = Measure-LakebaseFeatureLatency @quick -Mode Batch, Serial -OutputPath $again
        $verdicts = Compare-LakebaseLatency $again $run
        $verdicts.Mode | Sort-Object | Should -Be 'Serial', 'Batch'
        $verdicts.Verdict | Should -Not -Contain 'Missing'
        ($results | Compare-LakebaseLatency -BaselineMode Serial).Mode | Should -Be 'Batch'
        { $results[0] | Compare-LakebaseLatency -Baseline ($results[0] | Select-Object -Property *) -ErrorAction Stop } | Should -Throw
    }

    It 'refuses to replace a run, and a log that is another run''s' {
        { Measure-LakebaseFeatureLatency @quick -OutputPath $run -ErrorAction Stop } | Should -Throw -ErrorId 'LakebaseOps.FileExists,*'
        $mixed = Join-Path -Path $TestDrive -ChildPath mixed
        Copy-Item -Path $run -Destination $mixed -Recurse
        Copy-Item -Path (Join-Path -Path $TestDrive -ChildPath again/latency.hlog) -Destination "$mixed/latency.hlog" -Force
        { Import-LakebaseRun -Path $mixed -ErrorAction Stop } | Should -Throw -ErrorId 'LakebaseOps.RunRecordInvalid,*'
    }

    It 'asks before it writes to the tables, and leaves them as they were' {
        $before = (Invoke-LakebaseQuery -Query 'SELECT md5(string_agg(t::text, '';'' ORDER BY id)) AS h FROM features_a t').h
        Measure-LakebaseFeatureLatency -Table features_a -RefreshRate 1000 -WhatIf | Should -BeNullOrEmpty
        $without, $with = Measure-LakebaseFeatureLatency -Table features_a -Duration 00:00:00.8 -WarmUpLimit 200 -RefreshRate 0, 1000 -Confirm:$false -WarningAction SilentlyContinue
        $without.Refresh | Should -BeNullOrEmpty
        $with.Refresh.Rows | Should -BeGreaterThan 0
        $with.Refresh.Errors, $with.WrongResponses | Should -Be 0, 0
        (Invoke-LakebaseQuery -Query 'SELECT md5(string_agg(t::text, '';'' ORDER BY id)) AS h FROM features_a t').h | Should -Be $before
        ($with | Compare-LakebaseLatency -Baseline $without).Verdict | Should -Not -Be 'Missing'
    }

    It 'measures an open loop' {
        $open = Measure-LakebaseFeatureLatency -Table features_a -Rate 500 -Requests 400 -WarmUpLimit 200 -WarningAction SilentlyContinue
        $open.Open.Scheduled | Should -Be 400
        ($open | Out-String -Width 120) | Should -Match '(?m)^Batch +Uniform +500/s '
    }

    It 'measures hot and cold on a sandbox' {
        $folder = Join-Path -Path ([System.IO.Path]::GetTempPath()) -ChildPath "lakebase-cold-$PID"
        $sandbox = Start-LakebaseSandbox -Name cold -Path $folder -Ephemeral -Settings @{ shared_buffers = '16MB' }
        try {
            $own = Connect-Lakebase -Sandbox $sandbox -Name cold
            Invoke-LakebaseQuery -Session $own -Query 'CREATE TABLE features AS SELECT g::bigint AS id, g / 7.0 AS v FROM generate_series(1, 2000) g'
            Invoke-LakebaseQuery -Session $own -Query 'ALTER TABLE features ADD PRIMARY KEY (id)'
            $hot, $cold = Measure-LakebaseFeatureLatency -Session $own -Table features -Requests 100 -WarmUpLimit 200 -CacheState Hot, Cold -WarningAction SilentlyContinue
            $hot.Distribution, $cold.Distribution | Should -Be 'Uniform, hot', 'Uniform, cold'
            $hot.Server.HeapRead | Should -Be 0
            $cold.Cache.MostResident | Should -Be 0
            $cold.Server.HeapRead | Should -BeGreaterThan 0
        }
        finally {
            Disconnect-Lakebase -Name cold -ErrorAction Ignore
            $null = Stop-LakebaseSandbox -Name cold -Path $folder
            Remove-Item -Path $folder -Recurse -Force
        }
    }

    It 'takes a workload from the schema to a file and measures it' {
        $file = Join-Path -Path $TestDrive -ChildPath workload.json
        Get-LakebaseWorkload -Table 'features_*' | Export-LakebaseWorkload -Path $file
        (Import-LakebaseWorkload -Path $file).Entities.Tables.Count | Should -Be 2
        (Measure-LakebaseFeatureLatency -Workload $file -Requests 400 -WarmUpLimit 200 -WarningAction SilentlyContinue).Tables | Should -Be 2
    }
}
