BeforeDiscovery {
    Import-Module -Name "$PSScriptRoot/Acceptance.psm1" -Force
    Import-TestedModule

    # How to call each command that writes; a new one must be entered here.
    $calls = @{
        'Build-LakebaseIndex'            = { Build-LakebaseIndex -Table public.orders -Columns name -WhatIf }
        'Compare-LakebaseIndexStrategy'  = { Compare-LakebaseIndexStrategy -Table public.orders -WhatIf }
        'Copy-LakebaseDatabase'          = { Copy-LakebaseDatabase -Session $session -Destination $session -SchemaMap @{ public = 'copied' } -Table public.orders -WhatIf }
        'Export-LakebaseDump'            = { Export-LakebaseDump -Path "$folder/dump" -WhatIf }
        'Export-LakebaseReport'          = { Export-LakebaseReport -Path $runFile -OutputPath "$folder/report.html" -WhatIf }
        'Export-LakebaseWorkload'        = { Get-LakebaseWorkload -Table public.orders | Export-LakebaseWorkload -Path "$folder/workload.json" -WhatIf }
        'Clear-LakebaseCache'            = { Clear-LakebaseCache -Table public.orders -WhatIf }
        'Import-LakebaseDump'            = { $null = Export-LakebaseDump -Path "$TestDrive/dump"; Import-LakebaseDump -Path "$TestDrive/dump" -WhatIf }
        'Initialize-LakebaseCache'       = { Initialize-LakebaseCache -Table public.orders -WhatIf }
        'Initialize-LakebaseSchema'      = { Initialize-LakebaseSchema -Path $ddlFile -WhatIf }
        'Install-LakebaseDynamoDbTable'  = { Install-LakebaseDynamoDbTable -Table public.orders -ServiceUrl http://127.0.0.1:9 -WhatIf }
        'Install-LakebaseRpcFunction'    = { Install-LakebaseRpcFunction -Table public.orders -WhatIf }
        'Install-LakebaseWideTable'      = { Install-LakebaseWideTable -Table public.orders -WhatIf }
        'Invoke-LakebaseBulkLoad'        = { Invoke-LakebaseBulkLoad -Table public.orders -Path $csvFile -WhatIf }
        'Invoke-LakebaseQuery'           = { Invoke-LakebaseQuery -Query 'CREATE TABLE written (id int)' -WhatIf }
        'Invoke-LakebaseWorkflow'        = { Invoke-LakebaseWorkflow -Path $workflowFile -OutputPath "$folder/run" -WhatIf }
        'Measure-LakebaseFeatureLatency' = { Measure-LakebaseFeatureLatency -Table public.orders -OutputPath "$folder/latency" -WhatIf }
        'New-LakebaseSyntheticData'      = { New-LakebaseSyntheticData -DdlPath $ddlFile -Rows 10 -Path "$folder/rows" -WhatIf }
        'Remove-LakebaseCheckpoint'      = { Remove-LakebaseCheckpoint -Table public.orders -WhatIf }
        'Remove-LakebasePreviousTable'   = { Remove-LakebasePreviousTable -Table public.orders -WhatIf }
        'Start-LakebaseSandbox'          = { Start-LakebaseSandbox -Name never -Path "$folder/sandboxes" -WhatIf }
        'Stop-LakebaseSandbox'           = { Stop-LakebaseSandbox -Name acceptance -Path (Split-Path -Path $env:LAKEBASE_ACCEPTANCE_SANDBOX) -WhatIf }
        'Undo-LakebaseBulkLoad'          = { Undo-LakebaseBulkLoad -Table public.orders -WhatIf }
    }
    $writing = @(Get-Command -Module LakebaseOps | Where-Object { $_.Parameters.ContainsKey('WhatIf') } |
            ForEach-Object { @{ Name = $_.Name; Call = $calls[$_.Name] } })
}

Describe '<Name> -WhatIf' -ForEach $writing {
    BeforeAll {
        Import-Module -Name "$PSScriptRoot/Acceptance.psm1" -Force
        Import-TestedModule
        $session = New-TestSession -Name whatif
        Invoke-LakebaseQuery -Session $session -Query 'CREATE TABLE public.orders (id bigint PRIMARY KEY, name text); INSERT INTO public.orders VALUES (1, ''one'')'
        $folder = (New-Item -ItemType Directory -Path (Join-Path -Path $TestDrive -ChildPath "whatif-$Name")).FullName
        $ddlFile = "$TestDrive/tables.sql"
        Set-Content -Path $ddlFile -Value 'CREATE TABLE public.fresh (id bigint PRIMARY KEY);'
        $csvFile = "$TestDrive/orders.csv"
        Set-Content -Path $csvFile -Value "id,name`n1,one`n2,two"
        $workflowFile = "$TestDrive/workflow.json"
        Set-Content -Path $workflowFile -Value '{"steps": [{"name": "schema", "command": "Initialize-LakebaseSchema", "parameters": {"Path": ["tables.sql"]}}]}'
        $runFile = "$TestDrive/run.json"
        '{"id": "none"}' | Set-Content -Path $runFile
    }

    AfterAll {
        Remove-TestSession -Session $session
    }

    It 'touches nothing and says what it would do' {
        $Call | Should -Not -BeNullOrEmpty -Because "WhatIf.Tests.ps1 must know how to call $Name"
        if ($Name -in 'Remove-LakebaseCheckpoint', 'Remove-LakebasePreviousTable', 'Undo-LakebaseBulkLoad') {
            $null = Invoke-LakebaseBulkLoad -Table public.orders -Path $csvFile -KeepPrevious
        }

        $before = Get-DatabaseFingerprint -Session $session
        $transcript = "$TestDrive/transcript-$Name.txt"
        $null = Start-Transcript -Path $transcript -UseMinimalHeader
        try {
            $output = & $Call
        }
        finally {
            $null = Stop-Transcript
        }
        $output | Should -BeNullOrEmpty
        Get-DatabaseFingerprint -Session $session | Should -Be $before
        Get-ChildItem -Path $folder -Recurse | Should -BeNullOrEmpty
        (Get-TestServer).State | Should -Be 'Running'
        Get-Content -Path $transcript -Raw | Should -Match 'What if: '
    }
}
