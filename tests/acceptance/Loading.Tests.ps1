BeforeAll {
    Import-Module -Name "$PSScriptRoot/Acceptance.psm1" -Force
    Import-TestedModule
    $manifest = Get-TestedManifest
    $ddl = 'CREATE TABLE {0} (id bigint PRIMARY KEY, name text NOT NULL, amount double precision)'
}

Describe 'A pipeline from files to verified tables' {
    BeforeAll {
        $session = New-TestSession -Name pipeline
        Invoke-LakebaseQuery -Session $session -Query ($ddl -f 'orders')
        Invoke-LakebaseQuery -Session $session -Query ($ddl -f 'customers')
        $folder = New-Item -ItemType Directory -Path (Join-Path -Path $TestDrive -ChildPath csv)
        New-TestCsv -Path "$folder/orders.csv" -Rows 5000
        New-TestCsv -Path "$folder/customers.csv" -Rows 700 -Seed 7
    }

    AfterAll {
        Remove-TestSession -Session $session
    }

    It 'binds by property name alone' {
        $checks = Get-ChildItem -Path "$folder/*.csv" | Invoke-LakebaseBulkLoad | Build-LakebaseIndex | Test-LakebaseTable
        $checks | Should -Not -BeNullOrEmpty
        $checks | Where-Object Status -eq 'Failed' | Should -BeNullOrEmpty
        $checks.Table | Sort-Object -Unique | Should -Be @('public.customers', 'public.orders')
        (Invoke-LakebaseQuery -Query 'SELECT count(*) AS n FROM orders').n | Should -Be 5000
        (Invoke-LakebaseQuery -Query 'SELECT count(*) AS n FROM customers').n | Should -Be 700
    }

    It 'does nothing twice' {
        $again = Get-ChildItem -Path "$folder/*.csv" | Invoke-LakebaseBulkLoad
        $again.Status | Sort-Object -Unique | Should -Be 'AlreadyLoaded'
    }

    It 'takes objects from the pipeline' {
        Invoke-LakebaseQuery -Query ($ddl -f 'objects')
        $result = 1..250 | ForEach-Object { [pscustomobject]@{ id = $_; name = "n$_"; amount = $_ / 2 } } | Invoke-LakebaseBulkLoad -Table objects
        $result.Rows | Should -Be 250
        (Invoke-LakebaseQuery -Query 'SELECT sum(amount) AS n FROM objects').n | Should -Be 15687.5
    }

    It 'takes lines of text as CSV' {
        Invoke-LakebaseQuery -Query ($ddl -f 'lines')
        Set-Content -Path "$folder/lines.txt" -Value 'Key;name;junk;amount', '1;"a', 'b";x;1', '2;c;;'
        $result = Get-Content -Path "$folder/lines.txt" |
            Invoke-LakebaseBulkLoad -Table lines -Delimiter ';' -ColumnMap @{ Key = 'id'; junk = $null }
        $result.Rows | Should -Be 2
        $row = Invoke-LakebaseQuery -Query 'SELECT name, amount FROM lines WHERE id = 1'
        $row.name, $row.amount | Should -Be "a`nb", 1
        $result = Get-Content -Raw -Path "$folder/lines.txt" |
            Invoke-LakebaseBulkLoad -Table lines -Delimiter ';' -Columns id, name, '', amount -Header Skip
        $result.Rows | Should -Be 2
        { 'id,name', [pscustomobject]@{ id = 1 } | Invoke-LakebaseBulkLoad -Table lines } | Should -Throw '*an object after lines of text*'
    }

    It 'finds files through folders and by a manifest' {
        Invoke-LakebaseQuery -Query ($ddl -f 'parts')
        foreach ($part in 1..3) {
            $null = New-Item -ItemType Directory -Path "$folder/parts/$part"
            New-TestCsv -Path "$folder/parts/$part/part-$part.csv" -Rows 100 -Seed $part
        }

        Push-Location -Path $folder
        try {
            (Invoke-LakebaseBulkLoad -Path ./**/part-2.csv -Table parts).Rows | Should -Be 100
        } finally {
            Pop-Location
        }

        Set-Content -Path "$folder/manifest.json" -Value '{ "tables": [ { "table": "parts", "files": [ { "path": "parts/**/part-1.csv", "rows": 99 } ] } ] }'
        { Invoke-LakebaseBulkLoad -Manifest "$folder/manifest.json" } | Should -Throw '*holds 100 rows, and the manifest says 99*'
    }

    It 'takes objects with parts as JSON and arrays' {
        Invoke-LakebaseQuery -Query 'CREATE TABLE nested (id int, tags text[], doc jsonb, took interval, at time)'
        $result = [pscustomobject]@{
            id = 1
            tags = @('a', 'b c', $null)
            doc = [pscustomobject]@{ name = 'n'; sizes = @(1, 2.5); inner = @{ deep = @([pscustomobject]@{ x = $true }) } }
            took = [timespan]'1.02:03:04'
            at = [timespan]'02:03:04'
        } | Invoke-LakebaseBulkLoad -Table nested
        $result.Encoding | Should -Be 'Binary'
        $row = Invoke-LakebaseQuery -Query 'SELECT tags::text, doc::text, took::text, at::text FROM nested'
        $row.tags | Should -Be '{a,"b c",NULL}'
        $row.doc | ConvertFrom-Json | ForEach-Object { $_.inner.deep[0].x } | Should -BeTrue
        $row.doc | Should -BeLike '*"sizes": `[1, 2.5`]*'
        $row.took | Should -Be '1 day 02:03:04'
        $row.at | Should -Be '02:03:04'
    }

    It 'takes the rows of a data reader one by one' {
        Invoke-LakebaseQuery -Query ($ddl -f 'read')
        $rows = [System.Data.DataTable]::new()
        $null = $rows.Columns.Add('name', [string]), $rows.Columns.Add('id', [long]), $rows.Columns.Add('amount', [double])
        foreach ($id in 1..5000) {
            $null = $rows.Rows.Add("n$id", $id, [System.DBNull]::Value)
        }

        $reader = $rows.CreateDataReader()
        $result = , $reader | Invoke-LakebaseBulkLoad -Table read -ChunkRows 1000
        $result.Rows | Should -Be 5000
        $result.Chunks | Should -Be 5
        $reader.Read() | Should -BeFalse
        $found = Invoke-LakebaseQuery -Query 'SELECT count(*) AS n, count(amount) AS amounts, max(name) AS name, sum(id) AS ids FROM read'
        $found.n, $found.amounts, $found.name, $found.ids | Should -Be 5000, 0, 'n999', 12502500
    }

    It 'empties the table by a data reader without rows' {
        $rows = [System.Data.DataTable]::new()
        $null = $rows.Columns.Add('id', [long]), $rows.Columns.Add('name', [string])
        $result = Invoke-LakebaseBulkLoad -InputObject $rows.CreateDataReader() -Table read
        $result.Rows | Should -Be 0
        (Invoke-LakebaseQuery -Query 'SELECT count(*) AS n FROM read').n | Should -Be 0
    }

    It 'loads from a query of another session' {
        $source = New-TestSession -Name source
        try {
            Invoke-LakebaseQuery -Session $source -Query 'CREATE TABLE people AS SELECT g AS id, ''n'' || g AS name FROM generate_series(1, 1000) g'
            Invoke-LakebaseQuery -Session $session -Query ($ddl -f 'queried')
            $load = @{ Session = $session; Table = 'queried'; SourceSession = $source.Name }
            $result = Invoke-LakebaseBulkLoad @load -Query 'SELECT id, name, id / 2.0 AS amount FROM people WHERE id <= 900'
            $result.Rows | Should -Be 900
            (Invoke-LakebaseQuery -Session $session -Query 'SELECT sum(amount) AS n FROM queried').n | Should -Be 202725
            (Invoke-LakebaseBulkLoad @load -SourceTable people).Rows | Should -Be 1000
            { Invoke-LakebaseBulkLoad @load -Query 'SELECT 1 / 0 AS id' -ErrorAction Stop } |
                Should -Throw -ErrorId 'LakebaseOps.SourceFailed*'
        }
        finally {
            Remove-TestSession -Session $source
        }
    }

    It 'gives results that bind by property name' {
        $result = Invoke-LakebaseBulkLoad -Path "$folder/orders.csv" -Table orders
        $result | Should -BeOfType ([LakebaseOps.BulkLoadResult])
        $result.Table | Should -Be 'public.orders'
        $result.Session | Should -Be $session.Name
        $result.Duration | Should -BeOfType ([timespan])
    }

    It 'writes milestones to the Information stream' {
        $null = Invoke-LakebaseBulkLoad -Path "$folder/orders.csv" -Table orders -Restart -InformationVariable said
        $said.Count | Should -BeGreaterThan 0
        $said[0].Tags | Should -Contain 'LakebaseOps'
    }
}

Describe 'Modes of a load' {
    BeforeAll {
        $session = New-TestSession -Name modes
        Invoke-LakebaseQuery -Session $session -Query ($ddl -f 'orders')
        $csv = Join-Path -Path $TestDrive -ChildPath modes.csv
        New-TestCsv -Path $csv -Rows 1000
    }

    AfterAll {
        Remove-TestSession -Session $session
    }

    It 'undoes a load by property name, and undoes that' {
        Invoke-LakebaseQuery -Query "INSERT INTO orders VALUES (-1, 'old', 0)"
        $load = Invoke-LakebaseBulkLoad -Path $csv -Table orders -KeepPrevious
        $undone = $load | Undo-LakebaseBulkLoad
        $undone | Should -BeOfType ([LakebaseOps.UndoBulkLoadResult])
        $undone.Rows | Should -Be 1
        $undone.RestoredTable | Should -Be $load.PreviousTable
        (Get-LakebaseCheckpoint -Table orders).Status | Should -Be 'Undone'
        ($undone | Undo-LakebaseBulkLoad -DropReplaced).Rows | Should -Be 1000
        { Undo-LakebaseBulkLoad -Table orders -ErrorAction Stop } | Should -Throw -ErrorId 'LakebaseOps.PreviousNotFound*'
    }

    It 'asks before it undoes' {
        $null = Invoke-LakebaseBulkLoad -Path $csv -Table orders -KeepPrevious -Restart
        Undo-LakebaseBulkLoad -Table orders -WhatIf | Should -BeNullOrEmpty
        (Get-LakebaseCheckpoint -Table orders).Status | Should -Be 'Loaded'
    }

    It 'drops what loads have kept, and nothing for a load that kept nothing' {
        $load = Invoke-LakebaseBulkLoad -Path $csv -Table orders -KeepPrevious -Restart
        $plain = Invoke-LakebaseBulkLoad -Path $csv -Table orders -Restart
        $plain | Remove-LakebasePreviousTable -Force | Should -BeNullOrEmpty
        $removed = $load | Remove-LakebasePreviousTable -Force
        $removed | Should -BeOfType ([LakebaseOps.RemovePreviousTableResult])
        $removed.RemovedTable | Should -Be $load.PreviousTable
        $null = Remove-LakebasePreviousTable -Table orders -Force
        { Remove-LakebasePreviousTable -Table orders -Force -ErrorAction Stop } | Should -Throw -ErrorId 'LakebaseOps.PreviousNotFound*'
    }

    It 'merges objects by key' {
        $rows = [pscustomobject]@{ id = 1; name = 'new'; amount = 1 }, [pscustomobject]@{ id = 100001; name = 'added'; amount = 2 }
        $result = $rows | Invoke-LakebaseBulkLoad -Table orders -Mode Upsert -KeyColumn id
        $result.InsertedRows | Should -Be 1
        $result.UpdatedRows | Should -Be 1
        $result.IgnoredRows | Should -Be 0
        $result.IndexStrategy | Should -BeLike 'Keep*'
        $ignored = $rows | Invoke-LakebaseBulkLoad -Table orders -Mode Append -OnConflict Ignore -AppendIndexes Keep
        $ignored.IgnoredRows | Should -Be 2
    }

    It 'tells the ratio to plan' {
        $result = Invoke-LakebaseBulkLoad -Path $csv -Table orders -Restart
        $result.PlannedBytes | Should -BeGreaterThan 0
        $result.ActualBytes | Should -BeGreaterThan 0
        $result.RatioToPlan | Should -Be ($result.ActualBytes / $result.PlannedBytes)
    }

    It 'refuses what cannot fit' {
        { Invoke-LakebaseBulkLoad -Synthetic -Table orders -Rows 1000000000000 -ErrorAction Stop } |
            Should -Throw -ErrorId 'LakebaseOps.InsufficientSpace*'
    }
}

Describe 'Ctrl+C in a load' {
    BeforeAll {
        $session = New-TestSession -Name stopped
        Invoke-LakebaseQuery -Session $session -Query ($ddl -f 'big')
        $csv = Join-Path -Path $TestDrive -ChildPath big.csv
        New-TestCsv -Path $csv -Rows 300000
    }

    AfterAll {
        Remove-TestSession -Session $session
    }

    It 'leaves no server session and no half chunk, and the next call resumes' {
        $shell = [powershell]::Create()
        $script = {
            param($Manifest, $Session, $Csv)
            Import-Module -Name $Manifest
            # Slow enough to be stopped on any machine.
            Invoke-LakebaseBulkLoad -Session $Session -Path $Csv -Table big -ChunkBytes 65536 -ThrottleLimit 1 -MaxBytesPerSecond 1MB
        }
        $null = $shell.AddScript($script).AddArgument($manifest).AddArgument($session).AddArgument($csv)
        $running = $shell.BeginInvoke()
        $deadline = [datetime]::UtcNow.AddSeconds(60)
        do {
            $chunks = 0
            if ((Invoke-LakebaseQuery -Session $session -Query "SELECT to_regclass('lakebase_ops.load_chunk') IS NOT NULL AS there").there) {
                $chunks = (Invoke-LakebaseQuery -Session $session -Query 'SELECT count(*)::int AS n FROM lakebase_ops.load_chunk').n
            }
        } while ($chunks -lt 2 -and -not $running.IsCompleted -and [datetime]::UtcNow -lt $deadline)
        $running.IsCompleted | Should -BeFalse -Because 'the load must still run when it is stopped'
        $shell.Stop()
        $shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $shell.Dispose()

        # Stop() returned: nothing of the load may still run on the server.
        Get-ServerSessionCount -Session $session -Where "state <> 'idle'" | Should -Be 0
        (Invoke-LakebaseQuery -Session $session -Query 'SELECT count(*)::int AS n FROM big').n | Should -Be 0

        $state = Invoke-LakebaseQuery -Session $session -Query 'SELECT count(*)::int AS chunks, sum(rows)::bigint AS rows FROM lakebase_ops.load_chunk'
        $stage = Get-LakebaseCheckpoint -Session $session | Select-Object -First 1
        $stage | Should -Not -BeNullOrEmpty
        $resumed = Invoke-LakebaseBulkLoad -Session $session -Path $csv -Table big -ChunkBytes 262144
        $resumed.Rows | Should -Be 300000
        $resumed.ResumedChunks | Should -BeGreaterOrEqual 2
        $resumed.ResumedChunks | Should -Be $state.chunks
        $sum = Invoke-LakebaseQuery -Session $session -Query 'SELECT count(*)::int AS n, count(DISTINCT id)::int AS d, sum(id)::bigint AS s FROM big'
        $sum.n | Should -Be 300000
        $sum.d | Should -Be 300000
        $sum.s | Should -Be (300000 * 300001 / 2)
    }
}

Describe 'Select-Object -First' {
    BeforeAll {
        $session = New-TestSession -Name first
    }

    AfterAll {
        Remove-TestSession -Session $session
    }

    It 'stops a query at once, without an error' {
        $Error.Clear()
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $rows = Invoke-LakebaseQuery -Session $session -Query 'SELECT g AS n FROM generate_series(1, 50000000) g' | Select-Object -First 3
        $rows.n | Should -Be @(1, 2, 3)
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 30
        $Error | Should -BeNullOrEmpty
        Get-ServerSessionCount -Session $session -Where "state <> 'idle'" | Should -Be 0
    }

    It 'lets the next command run' {
        (Invoke-LakebaseQuery -Session $session -Query 'SELECT 1 AS one').one | Should -Be 1
    }
}
